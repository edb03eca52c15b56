"""Bad poses made better: noisy, missing and swapped joints, by joint limits, by a mixture or by an embedding."""
