"""What tests share: the one place that calls the product's functions on their behalf."""
