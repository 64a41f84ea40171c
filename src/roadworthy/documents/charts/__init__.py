"""Charts that documents and pages share: worked out here as marks on a plane, drawn by one template as SVG."""
