"""How likely a pose is: a mixture of Gaussians over aligned poses, its learning, and poses inferred from few joints."""
