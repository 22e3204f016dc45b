"""What does the emulated cloud do beyond moto? Stacks as CloudFormation makes them, and a delivery that can be followed."""
