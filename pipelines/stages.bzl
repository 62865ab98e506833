"""One rule a stage: each runs one tool once and makes one artifact."""

load(
    ":actions.bzl",
    "SHARD_ATTRS",
    "chained_artifact",
    "default_info",
    "part_path",
    "publishable_files",
    "run_tool",
    "sharded_artifact",
    "stage_artifact",
    "stage_tool",
)
load(
    ":providers.bzl",
    "CalibrationInfo",
    "CheckpointInfo",
    "CorpusInfo",
    "MeasurementInfo",
    "QuantizedModelInfo",
    "TokenizerInfo",
)
load(":schemes.bzl", "scheme_error")

def _corpus_impl(ctx):
    flags = {"seed": ctx.attr.seed, "sequence_length": ctx.attr.sequence_length}
    flags.update(ctx.attr.flags)
    return stage_artifact(ctx, "Corpus", CorpusInfo, flags, "Writing the corpus")

corpus = rule(
    implementation = _corpus_impl,
    doc = "Generates the verb corpus: splits, cloze items and tokenizer.",
    attrs = {
        "flags": attr.string_dict(doc = "Further flags of //tools/corpus, such as the splits' sizes."),
        "seed": attr.int(default = 42, doc = "Seed of the generator."),
        "sequence_length": attr.int(default = 64, doc = "Tokens of a calibration sequence and an evaluation window."),
        "tool": stage_tool("//tools/corpus"),
    },
    provides = [CorpusInfo],
)

def _folder(files, marker):
    """The folder of the file called `marker`, with the files in it, for run_tool."""
    markers = [file for file in files if file.basename == marker]
    if len(markers) != 1:
        fail("one file called %s is needed, there are %d among: %s" % (
            marker,
            len(markers),
            ", ".join([file.short_path for file in files]),
        ), "model")
    folder = markers[0].dirname
    return struct(
        files = [file for file in files if file.dirname == folder],
        folder = folder,
    )

def _imported_model_impl(ctx):
    # An exported GGUF file comes with its manifest.
    gguf = [file for file in ctx.files.model if file.extension == "gguf"]
    files = gguf if len(gguf) == 1 else ctx.files.model
    is_whole = len(files) == 1 and (files[0].is_directory or files[0].extension in ["bin", "gguf"])
    flags = {"model": files[0] if is_whole else _folder(files, "config.json")}
    if ctx.file.tokenizer:
        flags["tokenizer"] = ctx.file.tokenizer
    elif ctx.attr.tokens:
        flags["tokenizer"] = "none"
    checkpoint = ctx.actions.declare_file(ctx.label.name + ".qca")
    tokenizer = ctx.actions.declare_file(ctx.label.name + "_tokenizer.qca")
    count = ctx.attr.parts
    if count < 1:
        fail("parts = %d: must be >= 1" % count, "parts")
    parts = []
    if count > 1:
        flags["parts"] = count
        parts = [
            ctx.actions.declare_file(part_path(ctx.label.name, index, count))
            for index in range(count)
        ]
    manifests, chain = run_tool(ctx, "Import", flags, {
        "output": checkpoint,
        "tokenizer_output": tokenizer,
    }, "Importing", parts = parts)
    return [
        default_info(ctx, [checkpoint, tokenizer] + parts, manifests),
        CheckpointInfo(artifact = checkpoint, manifest = manifests[0], chain = chain, parts = parts),
        TokenizerInfo(artifact = tokenizer, manifest = manifests[1], chain = chain),
    ]

imported_model = rule(
    implementation = _imported_model_impl,
    doc = "Imports a Hugging Face folder, a GGUF file or a llama2.c file: checkpoint and tokenizer.",
    attrs = {
        "model": attr.label_list(mandatory = True, allow_files = True, doc = "The folder's files, a folder that an action made, or one .gguf or .bin file."),
        "parts": attr.int(default = 1, doc = "Files of the checkpoint, each with some of the model's blocks, so that an action needs only some of them; 1: one file."),
        "tokenizer": attr.label(allow_single_file = True, doc = "tokenizer.json or llama2.c's tokenizer.bin; by default the folder's tokenizer.json, or the GGUF file's own."),
        "tokens": attr.bool(doc = "Without a tokenizer: the texts come as token ids."),
        "tool": stage_tool("//tools/import"),
    },
    provides = [CheckpointInfo, TokenizerInfo],
)

def _text_corpus_impl(ctx):
    flags = {
        "calibration_text": ctx.file.calibration_text,
        "document_separator": ctx.attr.document_separator,
        "evaluation_text": ctx.file.evaluation_text,
        "tokenizer": ctx.attr.model[TokenizerInfo],
    }
    if ctx.file.task:
        flags["pairs"] = ctx.file.task
    if ctx.attr.tokens:
        flags["tokens"] = "true"
    return stage_artifact(ctx, "Text", CorpusInfo, flags, "Writing the corpus")

text_corpus = rule(
    implementation = _text_corpus_impl,
    doc = "Cuts texts, and minimal pairs, into the tokens of an imported model.",
    attrs = {
        "calibration_text": attr.label(mandatory = True, allow_single_file = True, doc = "UTF-8 text for the Hessians."),
        "document_separator": attr.string(doc = "The separator between documents; empty: a text is one document."),
        "evaluation_text": attr.label(mandatory = True, allow_single_file = True, doc = "UTF-8 text to measure on."),
        "model": attr.label(mandatory = True, providers = [TokenizerInfo], doc = "The imported model, for its tokenizer."),
        "task": attr.label(allow_single_file = True, doc = "Minimal pairs in BLiMP's JSONL form."),
        "tokens": attr.bool(doc = "Texts and sentences are token ids between white space."),
        "tool": stage_tool("//tools/text"),
    },
    provides = [CorpusInfo],
)

def _checkpoint_impl(ctx):
    flags = {"corpus": ctx.attr.corpus[CorpusInfo], "seed": ctx.attr.seed}
    flags.update(ctx.attr.flags)
    return stage_artifact(ctx, "Train", CheckpointInfo, flags, "Training")

checkpoint = rule(
    implementation = _checkpoint_impl,
    doc = "Trains a small GPT on the corpus's training split.",
    attrs = {
        "corpus": attr.label(mandatory = True, providers = [CorpusInfo], doc = "What to train on."),
        "flags": attr.string_dict(doc = "Further flags of //tools/train: the model's shape, the optimizer."),
        "seed": attr.int(default = 42, doc = "Seed of the weights and the batches."),
        "tool": stage_tool("//tools/train"),
    },
    provides = [CheckpointInfo],
)

def _limits(ctx, names):
    """The flags of those attributes that are set; fails where one is negative."""
    limits = {name: getattr(ctx.attr, name) for name in names}
    for name, value in limits.items():
        if value < 0:
            fail("%s = %d: must be >= 0" % (name, value), name)
    return {name: value for name, value in limits.items() if value != 0}

def _calibration_impl(ctx):
    flags = {
        "checkpoint": ctx.attr.checkpoint[CheckpointInfo],
        "corpus": ctx.attr.corpus[CorpusInfo],
        "sequences": ctx.attr.sequences,
    }
    flags.update(_limits(ctx, ["sequence_length", "calibration_tokens"]))
    if ctx.attr.sequences_begin_with_document:
        flags["sequences_begin_with_document"] = "true"
    if ctx.attr.parts == 1:
        return sharded_artifact(ctx, "Calibrate", CalibrationInfo, flags, "Calibrating")
    return chained_artifact(ctx, "Calibrate", CalibrationInfo, flags, "Calibrating", needs_all_blocks = False)

calibration = rule(
    implementation = _calibration_impl,
    doc = "Gathers the Hessians of a checkpoint's Linears over the calibration split.",
    attrs = dict(
        SHARD_ATTRS,
        calibration_tokens = attr.int(doc = "Limit of the tokens of all sequences: fewer sequences are used, at least one; 0: no limit."),
        checkpoint = attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model."),
        corpus = attr.label(mandatory = True, providers = [CorpusInfo], doc = "The text."),
        parts = attr.int(default = 1, doc = "Parts of the model's blocks; each is an action that takes the activations of the one before. The bytes do not depend on it."),
        sequence_length = attr.int(doc = "Tokens per sequence; 0: the model's context, at most 2048."),
        sequences = attr.int(default = 128, doc = "Calibration sequences."),
        sequences_begin_with_document = attr.bool(doc = "Each sequence begins with a document; otherwise documents are packed and cut anywhere."),
        tool = stage_tool("//tools/calibrate"),
    ),
    provides = [CalibrationInfo],
)

def _quantized_model_impl(ctx):
    error = scheme_error(ctx.attr.scheme, ctx.attr.calibration)
    if error:
        fail(error, "scheme")
    flags = {
        "checkpoint": ctx.attr.checkpoint[CheckpointInfo],
        "scheme": ctx.attr.scheme,
    }
    if ctx.attr.calibration:
        flags["hessians"] = ctx.attr.calibration[CalibrationInfo]
    if ctx.attr.corpus:
        flags["corpus"] = ctx.attr.corpus[CorpusInfo]
    if ctx.attr.parts == 1:
        return sharded_artifact(ctx, "Quantize", QuantizedModelInfo, flags, "Quantizing", as_index = ctx.attr.index)
    if not ctx.attr.corpus:
        fail("parts = %d: only sequential schemes, which have a corpus, are cut by blocks; use shards" % ctx.attr.parts, "parts")
    return chained_artifact(ctx, "Quantize", QuantizedModelInfo, flags, "Quantizing", as_index = ctx.attr.index)

quantized_model = rule(
    implementation = _quantized_model_impl,
    doc = "Quantizes a checkpoint by one scheme.",
    attrs = dict(
        SHARD_ATTRS,
        calibration = attr.label(providers = [CalibrationInfo], doc = "Hessians of the same checkpoint; GPTQ and clipped activations need them."),
        checkpoint = attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model in float32."),
        corpus = attr.label(providers = [CorpusInfo], doc = "What the calibration was taken on; only for sequential schemes."),
        index = attr.bool(doc = "The shards keep the tensors, and the model is an index of them; with shards or parts > 1."),
        parts = attr.int(default = 1, doc = "Only for sequential schemes: parts of the model's blocks; each is an action that takes the activations of the one before. The bytes do not depend on it."),
        scheme = attr.string(mandatory = True, doc = "A named scheme or a text proto (proto/scheme.proto)."),
        tool = stage_tool("//tools/quantize"),
    ),
    provides = [QuantizedModelInfo],
)

def _measurement_impl(ctx):
    flags = {
        "corpus": ctx.attr.corpus[CorpusInfo],
        "model": ctx.attr.model[QuantizedModelInfo],
    }
    if ctx.attr.reference_model:
        flags["reference_model"] = ctx.attr.reference_model[QuantizedModelInfo]
    flags.update(_limits(ctx, ["window_tokens", "evaluation_tokens"]))
    paired = {"reference": ctx.attr.reference[MeasurementInfo]} if ctx.attr.reference else {}
    return sharded_artifact(ctx, "Evaluate", MeasurementInfo, flags, "Measuring", paired)

measurement = rule(
    implementation = _measurement_impl,
    doc = "Measures a quantized model: perplexity, task accuracy, bytes.",
    attrs = dict(
        SHARD_ATTRS,
        corpus = attr.label(mandatory = True, providers = [CorpusInfo], doc = "Evaluation split and cloze items."),
        evaluation_tokens = attr.int(doc = "Limit of the tokens that are scored: only the first windows within it, at least two; 0: no limit."),
        model = attr.label(mandatory = True, providers = [QuantizedModelInfo], doc = "What to measure."),
        reference = attr.label(providers = [MeasurementInfo], doc = "Measurement that this one is paired with; none for the reference itself."),
        reference_model = attr.label(providers = [QuantizedModelInfo], doc = "Model that the divergence is measured from; none: it is not measured."),
        tool = stage_tool("//tools/evaluate"),
        window_tokens = attr.int(doc = "Tokens per evaluation window; 0: the model's context, at most 2048."),
    ),
    provides = [MeasurementInfo],
)

def _exported_model_impl(ctx):
    flags = {"format": ctx.attr.format, "model": ctx.attr.model[QuantizedModelInfo]}
    if ctx.attr.tokenizer and TokenizerInfo in ctx.attr.tokenizer:
        flags["tokenizer"] = ctx.attr.tokenizer[TokenizerInfo]
    elif ctx.attr.tokenizer:
        flags["corpus"] = ctx.attr.tokenizer[CorpusInfo]
    if ctx.attr.format == "gguf":
        output = ctx.actions.declare_file(ctx.attr.output or ctx.label.name + ".gguf")
    else:
        output = ctx.actions.declare_directory(ctx.attr.output or ctx.label.name)
    manifests, _ = run_tool(ctx, "Export", flags, {"output": output}, "Exporting")
    return [default_info(ctx, [output], manifests)]

exported_model = rule(
    implementation = _exported_model_impl,
    doc = """Writes a quantized model for other runtimes (docs/export.md).

A GGUF file with its manifest, or a Hugging Face folder with one for
each file, which imported_model() takes as its model.""",
    attrs = {
        "format": attr.string(mandatory = True, values = ["compressed-tensors", "gguf", "safetensors"], doc = "Packed for vLLM or llama.cpp, or dequantized for transformers."),
        "model": attr.label(mandatory = True, providers = [QuantizedModelInfo], doc = "What to export."),
        "output": attr.string(doc = "The file's or folder's name; by default the target's, with .gguf for a file."),
        "tokenizer": attr.label(providers = [[TokenizerInfo], [CorpusInfo]], doc = "The imported model, or the corpus that the model was trained on; none: the model takes token ids."),
        "tool": stage_tool("//tools/export"),
    },
)

def _measurements(ctx):
    return [target[MeasurementInfo] for target in ctx.attr.measurements]

def _figure_impl(ctx):
    flags = {
        "figure": ctx.attr.figure,
        "gnuplot": ctx.file._gnuplot,
        "measurements": _measurements(ctx),
        "reference": ctx.attr.reference,
        "y_scale": ctx.attr.y_scale,
    }
    if ctx.attr.experiment:
        flags["experiment"] = ctx.attr.experiment
    flags.update(ctx.attr.verdict)
    return publishable_files(ctx, "Plot", flags, {"output": ctx.outputs.image}, "Drawing")

figure = rule(
    implementation = _figure_impl,
    doc = "Draws one figure of a sweep.",
    attrs = {
        "experiment": attr.string(doc = "The experiment's name, in the subtitle."),
        "figure": attr.string(mandatory = True, values = ["minimal_pair_accuracy", "pareto", "verb_tense_accuracy"], doc = "Which one."),
        "image": attr.output(mandatory = True, doc = "The file, .png or .svg."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The sweep, in the order of the legend."),
        "reference": attr.string(default = "fp32", doc = "Scheme that gaps are measured against."),
        "tool": stage_tool("//tools/plot"),
        "verdict": attr.string_dict(doc = "Flags of //tools/plot about the decision."),
        "y_scale": attr.string(default = "auto", values = ["auto", "linear", "log"], doc = "Of the perplexity axis."),
        "_gnuplot": attr.label(default = "@gnuplot//:gnuplot", allow_single_file = True),
    },
)

def _report_impl(ctx):
    flags = {
        "command": ctx.attr.command,
        "experiment": ctx.attr.experiment,
        "measurements": _measurements(ctx),
        "reference": ctx.attr.reference,
        "title": ctx.attr.title,
    }
    flags.update(ctx.attr.verdict)
    outputs = {"csv_output": ctx.outputs.csv, "results_output": ctx.outputs.results}
    if ctx.outputs.readme:
        outputs["readme_output"] = ctx.outputs.readme
    if ctx.outputs.details:
        outputs["details_output"] = ctx.outputs.details
    if ctx.outputs.page:
        outputs["page_output"] = ctx.outputs.page
    return publishable_files(ctx, "Report", flags, outputs, "Reporting")

report = rule(
    implementation = _report_impl,
    doc = "Writes a sweep's results.json and its pages.",
    attrs = {
        "command": attr.string(mandatory = True, doc = "What repeats the experiment, for its README."),
        "experiment": attr.string(mandatory = True, doc = "The experiment's name."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The sweep."),
        "csv": attr.output(mandatory = True, doc = "The schemes as a table."),
        "details": attr.output(doc = "details.md, like readme."),
        "page": attr.output(doc = "report.html, like readme."),
        "readme": attr.output(doc = "The first page, Markdown; none where it is written with the speed (speed.bzl)."),
        "reference": attr.string(default = "fp32", doc = "Scheme that gaps are measured against."),
        "results": attr.output(mandatory = True, doc = "proto/results.proto in JSON."),
        "title": attr.string(mandatory = True, doc = "First line of the README."),
        "tool": stage_tool("//tools/report"),
        "verdict": attr.string_dict(doc = "Flags of //tools/report about the decision."),
    },
)
