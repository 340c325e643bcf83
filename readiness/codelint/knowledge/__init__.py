"""What the analysis knows of libraries and of trading words; data with small lookups."""
