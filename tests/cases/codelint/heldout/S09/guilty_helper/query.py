def where(table, column, value):
    return f"SELECT * FROM {table} WHERE {column} = '{value}'"  # expect: S09@where
