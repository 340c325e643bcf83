"""Did every row and every cent arrive? Asked of both databases, through the mapping file alone."""
