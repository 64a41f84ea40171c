"""The inventory as files for other people: CSV, XLSX and the shape of the US federal AI use case inventory."""
