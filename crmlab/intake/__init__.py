"""Raw files nobody has described yet -> a client file to confirm: everything crmlab guesses is guessed here."""
