"""One rule a stage: each runs one tool once and makes one artifact.

The tools are built in the target configuration: the binary that a pipeline
runs is the one that `bazel run //tools/...` runs.
"""

load(
    ":providers.bzl",
    "CalibrationInfo",
    "CheckpointInfo",
    "CorpusInfo",
    "MeasurementInfo",
    "PublishableInfo",
    "QuantizedModelInfo",
    "TokenizerInfo",
)

def stage_tool(label):
    """The attribute that holds a stage's program."""
    return attr.label(
        default = label,
        executable = True,
        cfg = "target",
        doc = "The stage's program.",
    )

def _words(flags):
    """--flag=value for each of `flags`, and the input files and chains behind them.

    A value may be an artifact's provider, a list of those, a File, what _folder
    returns, or a scalar.
    """
    words = []
    inputs = []
    chains = []
    for name, value in flags.items():
        if type(value) == "File":
            inputs.append(value)
            text = value.path
        elif hasattr(value, "folder"):
            inputs += value.files
            text = value.folder
        elif type(value) == "list" or hasattr(value, "artifact"):
            infos = value if type(value) == "list" else [value]
            for info in infos:
                inputs += [info.artifact, info.manifest]
                chains.append(info.chain)
            text = ",".join([info.artifact.path for info in infos])
        else:
            text = value
        words.append("--%s=%s" % (name, text))
    return words, inputs, chains

def _run(ctx, stage, flags, outputs, what, tool = None):
    """Declares the action: the tool, with flags as _words takes them.

    `tool` is an executable, the stage's own when None. It writes a manifest beside each of `outputs`, a dict from flags to
    files. Returns the manifests and, as a depset, the whole chain behind the
    outputs.
    """
    words, inputs, chains = _words(flags)
    manifests = [
        ctx.actions.declare_file(output.basename + ".manifest.json", sibling = output)
        for output in outputs.values()
    ]
    arguments = ctx.actions.args()
    arguments.add_all(words)
    for name, output in outputs.items():
        arguments.add("--%s=%s" % (name, output.path))
    ctx.actions.run(
        executable = tool or ctx.executable.tool,
        arguments = [arguments],
        inputs = inputs,
        outputs = outputs.values() + manifests,
        mnemonic = "Quant" + stage,
        progress_message = "%s %s" % (what, ctx.label.name),
    )
    return manifests, depset(manifests, transitive = chains)

def _default_info(ctx, files, manifests):
    """The files, for the command line; with their manifests, as data of a test."""
    return DefaultInfo(
        files = depset(files + manifests),
        runfiles = ctx.runfiles(files = files + manifests),
    )

def _artifact(ctx, stage, provider, flags, what):
    """One action that makes <name>.qca, and the providers that hand it on."""
    output = ctx.actions.declare_file(ctx.label.name + ".qca")
    manifests, chain = _run(ctx, stage, flags, {"output": output}, what)
    return [
        _default_info(ctx, [output], manifests),
        provider(artifact = output, manifest = manifests[0], chain = chain),
    ]

def _sharded_artifact(ctx, stage, provider, flags, what, merge_flags = {}):
    """An artifact of ctx.attr.shards parts, made apart and merged: the same bytes.

    `merge_flags` are for the step that makes the whole, whichever that is.
    """
    count = ctx.attr.shards
    if count < 1:
        fail("shards = %d: must be >= 1" % count, "shards")
    if count == 1:
        whole_flags = dict(flags)
        whole_flags.update(merge_flags)
        return _artifact(ctx, stage, provider, whole_flags, what)
    parts = []
    for index in range(count):
        part = ctx.actions.declare_file("%s_shard_%d_of_%d.qca" % (ctx.label.name, index, count))
        part_flags = dict(flags)
        part_flags.update({"shard": index, "shards": count})
        manifests, chain = _run(ctx, stage, part_flags, {"output": part}, "%s (%d of %d)" % (what, index + 1, count))
        parts.append(provider(artifact = part, manifest = manifests[0], chain = chain))
    whole_flags = {"shards": parts}
    whole_flags.update(merge_flags)
    output = ctx.actions.declare_file(ctx.label.name + ".qca")
    manifests, chain = _run(ctx, "Merge", whole_flags, {"output": output}, "Merging", tool = ctx.executable._merge)
    return [
        _default_info(ctx, [output], manifests),
        provider(artifact = output, manifest = manifests[0], chain = chain),
    ]

# What a rule with shards has besides its own attributes.
_SHARD_ATTRS = {
    "shards": attr.int(default = 1, doc = "Parts that may run apart, on other machines; the bytes do not depend on it."),
    "_merge": stage_tool("//tools/merge"),
}

def _publishable(ctx, stage, flags, outputs, what):
    """One action that makes files for people."""
    manifests, chain = _run(ctx, stage, flags, outputs, what)
    return [
        _default_info(ctx, outputs.values(), manifests),
        PublishableInfo(files = outputs.values(), manifests = manifests, chain = chain),
    ]

def _corpus_impl(ctx):
    flags = {"seed": ctx.attr.seed, "sequence_length": ctx.attr.sequence_length}
    flags.update(ctx.attr.flags)
    return _artifact(ctx, "Corpus", CorpusInfo, flags, "Writing the corpus")

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
    """The folder of the file called `marker`, with the files in it, for _words."""
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
    files = ctx.files.model
    is_llama2c = len(files) == 1 and files[0].extension == "bin"
    flags = {"model": files[0] if is_llama2c else _folder(files, "config.json")}
    if ctx.file.tokenizer:
        flags["tokenizer"] = ctx.file.tokenizer
    elif ctx.attr.tokens:
        flags["tokenizer"] = "none"
    checkpoint = ctx.actions.declare_file(ctx.label.name + ".qca")
    tokenizer = ctx.actions.declare_file(ctx.label.name + "_tokenizer.qca")
    manifests, chain = _run(ctx, "Import", flags, {
        "output": checkpoint,
        "tokenizer_output": tokenizer,
    }, "Importing")
    return [
        _default_info(ctx, [checkpoint, tokenizer], manifests),
        CheckpointInfo(artifact = checkpoint, manifest = manifests[0], chain = chain),
        TokenizerInfo(artifact = tokenizer, manifest = manifests[1], chain = chain),
    ]

imported_model = rule(
    implementation = _imported_model_impl,
    doc = "Imports a Hugging Face folder or a llama2.c file: checkpoint and tokenizer.",
    attrs = {
        "model": attr.label_list(mandatory = True, allow_files = True, doc = "The folder's files, or one .bin file."),
        "tokenizer": attr.label(allow_single_file = True, doc = "tokenizer.json or llama2.c's tokenizer.bin; by default the folder's tokenizer.json."),
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
    return _artifact(ctx, "Text", CorpusInfo, flags, "Writing the corpus")

text_corpus = rule(
    implementation = _text_corpus_impl,
    doc = "Cuts texts, and minimal pairs, into the tokens of an imported model.",
    attrs = {
        "calibration_text": attr.label(mandatory = True, allow_single_file = True, doc = "UTF-8 text for the Hessians."),
        "document_separator": attr.string(doc = "What stands between documents; empty: a text is one document."),
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
    return _artifact(ctx, "Train", CheckpointInfo, flags, "Training")

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

def _calibration_impl(ctx):
    flags = {
        "checkpoint": ctx.attr.checkpoint[CheckpointInfo],
        "corpus": ctx.attr.corpus[CorpusInfo],
        "sequences": ctx.attr.sequences,
    }
    return _sharded_artifact(ctx, "Calibrate", CalibrationInfo, flags, "Calibrating")

calibration = rule(
    implementation = _calibration_impl,
    doc = "Gathers the Hessians of a checkpoint's Linears over the calibration split.",
    attrs = dict(
        _SHARD_ATTRS,
        checkpoint = attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model."),
        corpus = attr.label(mandatory = True, providers = [CorpusInfo], doc = "The text."),
        sequences = attr.int(default = 128, doc = "Calibration sequences."),
        tool = stage_tool("//tools/calibrate"),
    ),
    provides = [CalibrationInfo],
)

def _quantized_model_impl(ctx):
    flags = {
        "checkpoint": ctx.attr.checkpoint[CheckpointInfo],
        "hessians": ctx.attr.calibration[CalibrationInfo],
        "scheme": ctx.attr.scheme,
    }
    if ctx.attr.corpus:
        flags["corpus"] = ctx.attr.corpus[CorpusInfo]
    return _sharded_artifact(ctx, "Quantize", QuantizedModelInfo, flags, "Quantizing")

quantized_model = rule(
    implementation = _quantized_model_impl,
    doc = "Quantizes a checkpoint by one scheme.",
    attrs = dict(
        _SHARD_ATTRS,
        calibration = attr.label(mandatory = True, providers = [CalibrationInfo], doc = "Hessians of the same checkpoint."),
        checkpoint = attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model in float32."),
        corpus = attr.label(providers = [CorpusInfo], doc = "What the calibration was taken on; for sequential schemes alone."),
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
    paired = {"reference": ctx.attr.reference[MeasurementInfo]} if ctx.attr.reference else {}
    return _sharded_artifact(ctx, "Evaluate", MeasurementInfo, flags, "Measuring", paired)

measurement = rule(
    implementation = _measurement_impl,
    doc = "Measures a quantized model: perplexity, task accuracy, bytes.",
    attrs = dict(
        _SHARD_ATTRS,
        corpus = attr.label(mandatory = True, providers = [CorpusInfo], doc = "Evaluation split and cloze items."),
        model = attr.label(mandatory = True, providers = [QuantizedModelInfo], doc = "What to measure."),
        reference = attr.label(providers = [MeasurementInfo], doc = "Measurement that this one is paired with; none for the reference itself."),
        tool = stage_tool("//tools/evaluate"),
    ),
    provides = [MeasurementInfo],
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
    return _publishable(ctx, "Plot", flags, {"output": ctx.outputs.image}, "Drawing")

figure = rule(
    implementation = _figure_impl,
    doc = "Draws one figure of a sweep.",
    attrs = {
        "figure": attr.string(mandatory = True, values = ["minimal_pair_accuracy", "pareto", "verb_tense_accuracy"], doc = "Which one."),
        "image": attr.output(mandatory = True, doc = "The file, .png or .svg."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The sweep, in the order of the legend."),
        "reference": attr.string(default = "fp32", doc = "Scheme that gaps are measured against."),
        "tool": stage_tool("//tools/plot"),
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
    outputs = {"results_output": ctx.outputs.results}
    if ctx.outputs.readme:
        outputs["readme_output"] = ctx.outputs.readme
    return _publishable(ctx, "Report", flags, outputs, "Reporting")

report = rule(
    implementation = _report_impl,
    doc = "Writes a sweep's results.json and its interpretation.",
    attrs = {
        "command": attr.string(mandatory = True, doc = "What repeats the experiment, for its README."),
        "experiment": attr.string(mandatory = True, doc = "The experiment's name."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The sweep."),
        "readme": attr.output(doc = "The interpretation, Markdown; none where it is written with the speed (speed.bzl)."),
        "reference": attr.string(default = "fp32", doc = "Scheme that gaps are measured against."),
        "results": attr.output(mandatory = True, doc = "proto/results.proto in JSON."),
        "title": attr.string(mandatory = True, doc = "First line of the README."),
        "tool": stage_tool("//tools/report"),
    },
)

# Facts for run.json: nothing that a stage or a manifest could depend on.
_PUBLISH = """
workspace=${{BUILD_WORKSPACE_DIRECTORY:-.}}
commit=$(git -C "$workspace" rev-parse HEAD 2> /dev/null || true)
dirty=$([ -z "$(git -C "$workspace" status --porcelain 2> /dev/null)" ] && echo false || echo true)
bazel_log=$(readlink -f "$workspace/bazel-out" 2> /dev/null)/../../../command.log
processes=$(sed -n 's/^INFO: \\([0-9]* process.*\\)\\.$/\\1/p' "$bazel_log" 2> /dev/null | tail -n 1 || true)
{command} --started="$started" --git_commit="$commit" --git_dirty="$dirty" \\
    --bazel_processes="$processes" "$@"
"""

def quoted(text):
    """The text as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"

def short_paths(files):
    """The files as a program in the runfiles names them."""
    return ",".join([file.short_path for file in files])

def publish_script(publish, output_dir, files, artifacts, manifests):
    """Shell lines that publish; $started holds when the script began.

    Args:
      publish: File, the program.
      output_dir: the folder, from the workspace's root.
      files: shell text of the --files value.
      artifacts: shell text of the --artifacts value.
      manifests: list of File, those behind them.
    """
    return _PUBLISH.format(command = " ".join([
        quoted(publish.short_path),
        quoted("--output_dir=" + output_dir),
        '--files="%s"' % files,
        '--artifacts="%s"' % artifacts,
        quoted("--manifests=" + short_paths(manifests)),
    ]))

_LAUNCHER = """#!/bin/bash
# Publishes what {label} built; further arguments may override --output_dir.
set -euo pipefail
started=$(date +%s)
{publish}"""

def _publication_impl(ctx):
    published = [target[PublishableInfo] for target in ctx.attr.files]
    evidence = _measurements(ctx)
    files = [file for info in published for file in info.files]
    artifacts = [info.artifact for info in evidence]
    chain = depset(transitive = [info.chain for info in published + evidence])
    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(launcher, _LAUNCHER.format(
        label = ctx.label,
        publish = publish_script(
            ctx.executable.tool,
            ctx.attr.output_dir,
            short_paths(files),
            short_paths(artifacts),
            chain.to_list(),
        ),
    ), is_executable = True)
    runfiles = ctx.runfiles(files = files + artifacts, transitive_files = chain)
    return [DefaultInfo(
        executable = launcher,
        files = depset(files),
        runfiles = runfiles.merge(ctx.attr.tool[DefaultInfo].default_runfiles),
    )]

publication = rule(
    implementation = _publication_impl,
    doc = """`bazel run` of it copies the files into a folder and prints the sweep's table.

With them go the measurements and the manifests behind all of it; everything
arrives, or nothing.""",
    attrs = {
        "files": attr.label_list(mandatory = True, providers = [PublishableInfo], doc = "What to publish, under their base names."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The evidence for them."),
        "output_dir": attr.string(mandatory = True, doc = "The folder, from the workspace's root."),
        "tool": stage_tool("//tools/publish"),
    },
    executable = True,
)
