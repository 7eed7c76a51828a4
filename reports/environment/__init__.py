"""What papers say of the environment: sections that chapters and bulletins share."""
