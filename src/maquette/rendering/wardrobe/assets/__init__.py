"""Assets of MakeHuman: which ones a folder holds, and its garments, hair and skins made ready to wear."""
