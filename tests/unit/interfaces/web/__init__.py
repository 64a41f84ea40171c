"""The pages below the browser."""
