"""round_trip(): a quantized model out as safetensors, and in again."""

load(
    "//pipelines:stages.bzl",
    "calibration",
    "exported_model",
    "imported_model",
    "measurement",
    "quantized_model",
    "text_corpus",
)

def round_trip(name, scheme, checkpoint, hessians, corpus = None, task = None, tokenizer = None):
    """Declares <name>_model, <name>_reimported, and a measurement of both.

    The second is taken on a corpus that the tokenizer that came back has cut.

    Args:
      name: of the case.
      scheme: the --scheme value.
      checkpoint: label of the model in float32.
      hessians: label of its calibration.
      corpus: label of the text that the first is measured on.
      task: minimal pairs that are measured, too.
      tokenizer: label of the imported model; without one the model comes back
        with token ids, and neither is measured.
    """
    quantized_model(
        name = name + "_model",
        calibration = hessians,
        checkpoint = checkpoint,
        scheme = scheme,
    )
    exported_model(
        name = name + "_exported",
        format = "safetensors",
        model = name + "_model",
        tokenizer = tokenizer,
    )
    imported_model(
        name = name + "_reimported",
        model = [name + "_exported"],
        tokens = not tokenizer,
    )
    if not tokenizer:
        return
    measurement(
        name = name + "_measurement",
        corpus = corpus,
        model = name + "_model",
    )
    text_corpus(
        name = name + "_reimported_corpus",
        calibration_text = "calibration.txt",
        document_separator = "<|endoftext|>",
        evaluation_text = "evaluation.txt",
        model = name + "_reimported",
        task = task,
    )
    calibration(
        name = name + "_reimported_calibration",
        checkpoint = name + "_reimported",
        corpus = name + "_reimported_corpus",
        sequences = 1,
    )
    quantized_model(
        name = name + "_reimported_model",
        calibration = name + "_reimported_calibration",
        checkpoint = name + "_reimported",
        scheme = "fp32",
    )
    measurement(
        name = name + "_reimported_measurement",
        corpus = name + "_reimported_corpus",
        model = name + "_reimported_model",
    )
