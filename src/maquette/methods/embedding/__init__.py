"""The pose embedding of Kundu et al. (supplement of ECCV 2020, section 1): an adversarial auto-encoder of poses."""
