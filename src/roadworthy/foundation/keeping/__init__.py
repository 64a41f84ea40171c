"""How long what people wrote is kept: declared spans, legal holds, and erasing when the time is over."""
