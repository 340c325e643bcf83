"""The move of a v2 database to v3: mapping, copy in resumable batches, cut-over, roll-back."""
