"""Speed: measured when `bazel run` asks for it, never inside a build action.

A build action may run at the same time as others, on another machine, or not at all because
its result is cached; a time that it measured would mean nothing.
"""

load(":actions.bzl", "parts_of", "stage_tool")
load(":providers.bzl", "MeasurementInfo", "PublishableInfo", "QuantizedModelInfo")
load(":publication.bzl", "check_script", "publish_script", "quoted", "short_paths")

# Every value is quoted for the shell before it comes in.
_LAUNCHER = """#!/bin/bash
# Measures speed for {label}, draws and reports it, and publishes that together
# with what was built; further arguments go to //tools/publish, --output_dir=FOLDER
# or --overwrite.
set -euo pipefail
started=$(date +%s)
{check}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{benchmark} --output="$scratch/timing.qca"
{figures}
{report}
{publish}"""

def _command(tool, flags):
    """The tool with --flag=value for each of `flags`, None and "" left out."""
    words = [quoted(tool.short_path)]
    for name, value in flags.items():
        if value:
            words.append(quoted("--%s=%s" % (name, value)))
    return " ".join(words)

def _figures(ctx, measurements):
    """The plot commands, and the names of the images that they leave in $scratch."""
    commands = []
    images = []
    for name, figure in sorted(ctx.attr.figures.items()):
        for extension in ["png", "svg"]:
            image = "%s.%s" % (name, extension)
            images.append(image)
            commands.append(_command(ctx.executable.plot, {
                "experiment": ctx.attr.experiment if measurements else "",
                "figure": figure,
                "gnuplot": ctx.file._gnuplot.short_path,
                "measurements": short_paths(measurements),
                "model": ctx.attr.model_name,
                "reference": ctx.attr.reference,
                "schemes": ",".join(ctx.attr.roofline_schemes),
                "y_scale": ctx.attr.y_scale,
            }) + ' --timing="$scratch/timing.qca" --output="$scratch/%s"' % image)
    return commands, images

def _timed_publication_impl(ctx):
    published = [target[PublishableInfo] for target in ctx.attr.files]
    models = [target[QuantizedModelInfo] for target in ctx.attr.models]
    evidence = [target[MeasurementInfo] for target in ctx.attr.measurements]
    measurements = [info.artifact for info in evidence]
    built = [file for info in published for file in info.files]
    chain = depset(transitive = [info.chain for info in published + models + evidence])
    figures, written = _figures(ctx, measurements)
    benchmark_flags = {
        "models": short_paths([info.artifact for info in models]),
        "models_name": ctx.attr.model_name,
    }
    benchmark_flags.update(ctx.attr.benchmark_flags)
    report_flags = {
        "command": ctx.attr.command,
        "experiment": ctx.attr.experiment,
        "measurements": short_paths(measurements),
        "model": ctx.attr.model_name,
        "reference": ctx.attr.reference,
        "title": ctx.attr.title,
    }
    report_flags.update(ctx.attr.verdict)
    report = _command(ctx.executable.report, report_flags)
    report += ' --timing="$scratch/timing.qca" --readme_output="$scratch/README.md"'
    written.append("README.md")
    if measurements:
        report += ' --details_output="$scratch/details.md" --page_output="$scratch/report.html" --speed_output="$scratch/speed.json"'
        written += ["details.md", "report.html", "speed.json"]

    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(launcher, _LAUNCHER.format(
        label = ctx.label,
        benchmark = _command(ctx.executable.benchmark, benchmark_flags),
        check = check_script(ctx.executable.tool, ctx.attr.output_dir),
        figures = "\n".join(figures),
        report = report,
        publish = publish_script(
            ctx.executable.tool,
            ctx.attr.output_dir,
            ",".join([file.short_path for file in built] + ["$scratch/" + name for name in sorted(written)]),
            ",".join([file.short_path for file in measurements] + ["$scratch/timing.qca"]),
            chain.to_list(),
        ),
    ), is_executable = True)
    inputs = built + measurements + [ctx.file._gnuplot]
    for info in models:
        inputs += [info.artifact] + parts_of(info)
    runfiles = ctx.runfiles(files = inputs, transitive_files = chain)
    for tool in [ctx.attr.benchmark, ctx.attr.plot, ctx.attr.report, ctx.attr.tool]:
        runfiles = runfiles.merge(tool[DefaultInfo].default_runfiles)
    return [DefaultInfo(
        executable = launcher,
        files = depset(built),
        runfiles = runfiles,
    )]

timed_publication = rule(
    implementation = _timed_publication_impl,
    doc = """`bazel run` of it measures speed, then publishes.

Times the models and the random shapes that benchmark_flags name, with nothing
else running; draws the figures, writes README.md (and, with measurements,
details.md, report.html and speed.json) and copies them into a folder together with `files`, all or none.""",
    attrs = {
        "benchmark": stage_tool("//tools/benchmark"),
        "benchmark_flags": attr.string_dict(doc = "Flags of //tools/benchmark."),
        "command": attr.string(mandatory = True, doc = "What repeats the experiment, for its README."),
        "experiment": attr.string(mandatory = True, doc = "The experiment's name."),
        "figures": attr.string_dict(mandatory = True, doc = "Name of an image, without its ending, to the --figure of //tools/plot."),
        "files": attr.label_list(providers = [PublishableInfo], doc = "Other files to publish, under their base names."),
        "measurements": attr.label_list(providers = [MeasurementInfo], doc = "The sweep that the speed belongs to; none if only random shapes are timed."),
        "model_name": attr.string(default = "minigpt", doc = "What figures and tables call the model of the sweep."),
        "models": attr.label_list(providers = [QuantizedModelInfo], doc = "The sweep's models."),
        "output_dir": attr.string(mandatory = True, doc = "The folder, from the workspace's root."),
        "plot": stage_tool("//tools/plot"),
        "reference": attr.string(default = "fp32", doc = "Scheme that speed-ups are measured against."),
        "report": stage_tool("//tools/report"),
        "roofline_schemes": attr.string_list(doc = "Dots of roofline_overlay; by default those of //tools/plot."),
        "title": attr.string(mandatory = True, doc = "First line of the README."),
        "tool": stage_tool("//tools/publish"),
        "verdict": attr.string_dict(doc = "Flags of //tools/report about the decision."),
        "y_scale": attr.string(default = "auto", values = ["auto", "linear", "log"], doc = "Of the perplexity axis."),
        "_gnuplot": attr.label(default = "@gnuplot//:gnuplot", allow_single_file = True),
    },
    executable = True,
)
