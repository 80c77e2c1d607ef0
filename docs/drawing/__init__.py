"""What draws the sample magazine's pictures: a paper printing press of three inks, and the scenes it prints."""
