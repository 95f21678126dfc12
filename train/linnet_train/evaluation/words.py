"""What figures are called where people read them; in files for programs they have their keys."""

WORDS = {
    # figures of pieces
    "pitch_class_entropy": "pitch-class entropy",
    "self_similarity_1_4": "self-similarity 1-4",
    "self_similarity_5_8": "self-similarity 5-8",
    "self_similarity_9_16": "self-similarity 9-16",
    "self_similarity_17_32": "self-similarity 17-32",
    "longest_same_bar_run": "longest same-bar run",
    # comparisons of sets of pieces
    "mean_ks": "mean KS",
    "frechet_distance": "Fréchet distance",
    "classifier_auc": "told apart (AUC)",
    # sets of pieces
    "unconstrained": "left free",
    "unconstrained_with_watchdog": "left free, with watchdog",
    "unconstrained_without_watchdog": "left free, no watchdog",
    "as_shipped_with_watchdog": "as shipped, with watchdog",
    "as_shipped_without_watchdog": "as shipped, no watchdog",
    # validity
    "wrong_on_its_face": "wrong on its face",
    "grammar_valid_without_masks": "grammar valid, masks off",
    "grammar_valid_with_masks": "grammar valid, masks on",
    # the verdict
    "files_valid": "files valid in three readers",
    "ends_without_rule": "ends properly, not forced",
    "stuck": "stuck, temperatures 0.7 to 1.2",
    "self_gap": "self gap, either way",
    "integer_loss": "integers against floats, nats",
    # likelihood
    "conditional": "with wishes",
    "unconditional": "without wishes",
    # latents
    "own_latent": "its own latent",
    "other_latent": "the latent of another phrase",
    "plain_network": "a network without latents",
}


def words(key: str) -> str:
    """What a key says to people."""
    return WORDS.get(key, key.replace("_", " "))
