"""Garments made by rule: tops, bottoms, footwear and prints, and the outfits that they make up."""
