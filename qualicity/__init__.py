"""The vocabulary of Qualicity: words, units, calendars, law tables and stores that every service shares."""
