"""What human eyes look at: overlay pictures and videos, a turnable page, and figures for print."""
