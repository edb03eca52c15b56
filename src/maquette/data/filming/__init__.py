"""Motion capture as cameras would film it: windows, made various, filmed, and found by a detector that errs."""
