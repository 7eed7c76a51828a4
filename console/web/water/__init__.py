"""Water, outlets and sewage: cities, a city's year as matrices, a station's year and days. Looking judges nothing."""
