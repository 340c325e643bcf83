QUERY = """
SELECT *
FROM orders
