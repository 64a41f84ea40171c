"""A data source measured once into sums, counts and fixed bins, which travel and can be added up."""
