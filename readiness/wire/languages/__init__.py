"""The languages of the exchanges, each translated into the judge's words."""
