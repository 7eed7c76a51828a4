"""What stands before all routes: how much is asked, HEAD, answers that are kept."""
