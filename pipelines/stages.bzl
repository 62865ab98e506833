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
    "QuantizedModelInfo",
)

def stage_tool(label):
    """The attribute that holds a stage's program."""
    return attr.label(
        default = label,
        executable = True,
        cfg = "target",
        doc = "The stage's program.",
    )

def _run(ctx, stage, output, flags, inputs, what):
    """Declares the action: the tool with --flag=value for each of `flags`."""
    arguments = ctx.actions.args()
    for name, value in flags.items():
        arguments.add("--%s=%s" % (name, value.path if type(value) == "File" else value))
    arguments.add("--output=%s" % output.path)
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [arguments],
        inputs = inputs,
        outputs = [output],
        mnemonic = "Quant" + stage,
        progress_message = "%s %s" % (what, ctx.label.name),
    )

def _default_info(ctx, files):
    """The files, for the command line and as data of a test."""
    return DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files = files))

def _artifact(ctx, stage, provider, flags, inputs, what):
    """One action that makes <name>.qca, and the providers that hand it on."""
    output = ctx.actions.declare_file(ctx.label.name + ".qca")
    _run(ctx, stage, output, flags, inputs, what)
    return [_default_info(ctx, [output]), provider(artifact = output)]

def _corpus_impl(ctx):
    flags = {"seed": ctx.attr.seed, "sequence_length": ctx.attr.sequence_length}
    flags.update(ctx.attr.flags)
    return _artifact(ctx, "Corpus", CorpusInfo, flags, [], "Writing the corpus")

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

def _checkpoint_impl(ctx):
    data = ctx.attr.corpus[CorpusInfo].artifact
    flags = {"corpus": data, "seed": ctx.attr.seed}
    flags.update(ctx.attr.flags)
    return _artifact(ctx, "Train", CheckpointInfo, flags, [data], "Training")

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
    data = ctx.attr.corpus[CorpusInfo].artifact
    model = ctx.attr.checkpoint[CheckpointInfo].artifact
    flags = {
        "checkpoint": model,
        "corpus": data,
        "sequences": ctx.attr.sequences,
    }
    return _artifact(ctx, "Calibrate", CalibrationInfo, flags, [data, model], "Calibrating")

calibration = rule(
    implementation = _calibration_impl,
    doc = "Gathers the Hessians of a checkpoint's Linears over the calibration split.",
    attrs = {
        "checkpoint": attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model."),
        "corpus": attr.label(mandatory = True, providers = [CorpusInfo], doc = "The text."),
        "sequences": attr.int(default = 128, doc = "Calibration sequences."),
        "tool": stage_tool("//tools/calibrate"),
    },
    provides = [CalibrationInfo],
)

def _quantized_model_impl(ctx):
    model = ctx.attr.checkpoint[CheckpointInfo].artifact
    hessians = ctx.attr.calibration[CalibrationInfo].artifact
    flags = {
        "checkpoint": model,
        "hessians": hessians,
        "scheme": ctx.attr.scheme,
    }
    return _artifact(ctx, "Quantize", QuantizedModelInfo, flags, [model, hessians], "Quantizing")

quantized_model = rule(
    implementation = _quantized_model_impl,
    doc = "Quantizes a checkpoint by one scheme.",
    attrs = {
        "calibration": attr.label(mandatory = True, providers = [CalibrationInfo], doc = "Hessians of the same checkpoint."),
        "checkpoint": attr.label(mandatory = True, providers = [CheckpointInfo], doc = "The model in float32."),
        "scheme": attr.string(mandatory = True, doc = "A named scheme or a text proto (proto/scheme.proto)."),
        "tool": stage_tool("//tools/quantize"),
    },
    provides = [QuantizedModelInfo],
)

def _measurement_impl(ctx):
    data = ctx.attr.corpus[CorpusInfo].artifact
    model = ctx.attr.model[QuantizedModelInfo].artifact
    flags = {"corpus": data, "model": model}
    inputs = [data, model]
    if ctx.attr.reference:
        flags["reference"] = ctx.attr.reference[MeasurementInfo].artifact
        inputs.append(flags["reference"])
    return _artifact(ctx, "Evaluate", MeasurementInfo, flags, inputs, "Measuring")

measurement = rule(
    implementation = _measurement_impl,
    doc = "Measures a quantized model: perplexity, task accuracy, bytes.",
    attrs = {
        "corpus": attr.label(mandatory = True, providers = [CorpusInfo], doc = "Evaluation split and cloze items."),
        "model": attr.label(mandatory = True, providers = [QuantizedModelInfo], doc = "What to measure."),
        "reference": attr.label(providers = [MeasurementInfo], doc = "Measurement that this one is paired with; none for the reference itself."),
        "tool": stage_tool("//tools/evaluate"),
    },
    provides = [MeasurementInfo],
)

def _measurements(ctx):
    return [target[MeasurementInfo].artifact for target in ctx.attr.measurements]

def _figure_impl(ctx):
    measurements = _measurements(ctx)
    flags = {
        "figure": ctx.attr.figure,
        "gnuplot": ctx.file._gnuplot,
        "measurements": ",".join([file.path for file in measurements]),
        "reference": ctx.attr.reference,
        "y_scale": ctx.attr.y_scale,
    }
    _run(ctx, "Plot", ctx.outputs.image, flags, measurements + [ctx.file._gnuplot], "Drawing")
    return [_default_info(ctx, [ctx.outputs.image])]

figure = rule(
    implementation = _figure_impl,
    doc = "Draws one figure of a sweep.",
    attrs = {
        "figure": attr.string(mandatory = True, values = ["pareto", "verb_tense_accuracy"], doc = "Which one."),
        "image": attr.output(mandatory = True, doc = "The file, .png or .svg."),
        "measurements": attr.label_list(mandatory = True, providers = [MeasurementInfo], doc = "The sweep, in the order of the legend."),
        "reference": attr.string(default = "fp32", doc = "Scheme that gaps are measured against."),
        "tool": stage_tool("//tools/plot"),
        "y_scale": attr.string(default = "auto", values = ["auto", "linear", "log"], doc = "Of the perplexity axis."),
        "_gnuplot": attr.label(default = "@gnuplot//:gnuplot", allow_single_file = True),
    },
)

def _report_impl(ctx):
    measurements = _measurements(ctx)
    arguments = ctx.actions.args()
    arguments.add("--measurements=" + ",".join([file.path for file in measurements]))
    arguments.add("--reference=" + ctx.attr.reference)
    arguments.add("--experiment=" + ctx.attr.experiment)
    arguments.add("--title=" + ctx.attr.title)
    arguments.add("--command=" + ctx.attr.command)
    arguments.add("--results_output=" + ctx.outputs.results.path)
    outputs = [ctx.outputs.results]
    if ctx.outputs.readme:
        arguments.add("--readme_output=" + ctx.outputs.readme.path)
        outputs.append(ctx.outputs.readme)
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [arguments],
        inputs = measurements,
        outputs = outputs,
        mnemonic = "QuantReport",
        progress_message = "Reporting %s" % ctx.label.name,
    )
    return [_default_info(ctx, outputs)]

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

_LAUNCHER = """#!/bin/bash
# Publishes what {label} built; further arguments may override --output_dir.
exec "{publish}" --output_dir="{output_dir}" --files="{files}" "$@"
"""

def _publication_impl(ctx):
    files = [file for target in ctx.attr.files for file in target.files.to_list()]
    names = {file.basename: file for file in files}
    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(launcher, _LAUNCHER.format(
        label = ctx.label,
        publish = ctx.executable.tool.short_path,
        output_dir = ctx.attr.output_dir,
        files = ",".join([names[name].short_path for name in sorted(names)]),
    ), is_executable = True)
    runfiles = ctx.runfiles(files = files)
    return [DefaultInfo(
        executable = launcher,
        files = depset(files),
        runfiles = runfiles.merge(ctx.attr.tool[DefaultInfo].default_runfiles),
    )]

publication = rule(
    implementation = _publication_impl,
    doc = "`bazel run` of it copies the files into a folder, all of them or none, and prints the sweep's table.",
    attrs = {
        "files": attr.label_list(mandatory = True, allow_files = True, doc = "What to publish, under their base names."),
        "output_dir": attr.string(mandatory = True, doc = "The folder, from the workspace's root."),
        "tool": stage_tool("//tools/publish"),
    },
    executable = True,
)
