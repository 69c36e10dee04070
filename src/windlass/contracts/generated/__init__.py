"""Python models of the contracts, made by scripts/generate_models.py; never edited by hand."""
