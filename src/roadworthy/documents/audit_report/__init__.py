"""An audit of a data path as a document: Markdown, one printable HTML file, JUnit."""
