"""What one stage's target tells the next: which artifact it made.

A rule names the provider that it needs, so that a checkpoint given where a
corpus belongs is an error at analysis time, before anything runs.

Every provider has the same fields:
  artifact: File, the artifact.
  manifest: File, its manifest, in the same folder under the name that tools look for.
  chain: depset of File, the manifests of all that it was made from, and its own.

Of an index (docs/formats.md) also:
  parts: list of File, the files that hold its tensors, in its folder.
"""

_FIELDS = ["artifact", "manifest", "chain"]

CorpusInfo = provider(
    doc = "A corpus artifact (proto/corpus.proto).",
    fields = _FIELDS,
)

TokenizerInfo = provider(
    doc = "The tokenizer of an imported model (proto/tokenizer.proto).",
    fields = _FIELDS,
)

CheckpointInfo = provider(
    doc = "A checkpoint artifact (proto/checkpoint.proto).",
    fields = _FIELDS + ["parts"],
)

CalibrationInfo = provider(
    doc = "A calibration artifact: Hessians and histograms (proto/calibration.proto).",
    fields = _FIELDS,
)

QuantizedModelInfo = provider(
    doc = "A quantized model artifact (proto/quantized_model.proto).",
    fields = _FIELDS + ["parts"],
)

MeasurementInfo = provider(
    doc = "A measurement artifact (proto/measurement.proto).",
    fields = _FIELDS,
)

PublishableInfo = provider(
    doc = "Files that people read: figures, results.json, README.md.",
    fields = {
        "files": "list of File, what is published.",
        "manifests": "list of File, their manifests, in the same folder.",
        "chain": "depset of File, the manifests of all that they were made from.",
    },
)
