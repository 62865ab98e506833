"""What one stage's target tells the next: which artifact it made.

A rule names the provider that it needs, so that a checkpoint given where a
corpus belongs is an error at analysis time, before anything runs.
"""

CorpusInfo = provider(
    doc = "A corpus artifact (proto/corpus.proto).",
    fields = {"artifact": "File"},
)

CheckpointInfo = provider(
    doc = "A checkpoint artifact (proto/checkpoint.proto).",
    fields = {"artifact": "File"},
)

CalibrationInfo = provider(
    doc = "A calibration artifact: Hessians and histograms (proto/calibration.proto).",
    fields = {"artifact": "File"},
)

QuantizedModelInfo = provider(
    doc = "A quantized model artifact (proto/quantized_model.proto).",
    fields = {"artifact": "File"},
)

MeasurementInfo = provider(
    doc = "A measurement artifact (proto/measurement.proto).",
    fields = {"artifact": "File"},
)
