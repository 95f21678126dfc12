"""How long, how fast and how far a network is carried on with one person's music."""

from linnet_train.network.config import RunConfig

RECIPE = RunConfig(
    batch_size=8,
    chunk=128,
    learning_rate=1e-3,
    embedding_rate=1.0,
    warmup_steps=10,
    weight_decay=0.0,
    clip_norm=0.5,
    dropout=0.2,
    average=0.98,
    grammar_weight=1.0,
    practice_every=0,
    tail_share=0.2,
    valid_every=20,
    patience=4,
    save_every=20,
    log_every=10,
    threads=1,
)
"""A few pieces are read some ten times, with a fifth of the learning rate of a fresh network."""

PULL = 10.0
"""How strongly weights are drawn back where there is no old music to be read in turn."""
