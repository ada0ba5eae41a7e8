"""Models of how often customers buy and whether they still do: one module a model, all behind `base.BuyingModel`."""
