"""publication(): copies what a pipeline built into a folder when it is run."""

load(":actions.bzl", "stage_tool")
load(":providers.bzl", "MeasurementInfo", "PublishableInfo")

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

def check_script(publish, output_dir):
    """A shell line that fails where publish_script's lines would in the end.

    Args:
      publish: File, the program.
      output_dir: the folder, from the workspace's root.
    """
    return " ".join([
        quoted(publish.short_path),
        quoted("--output_dir=" + output_dir),
        "--check_only",
        '"$@"',
    ])

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
# Publishes what {label} built; further arguments go to //tools/publish,
# --output_dir=FOLDER or --overwrite.
set -euo pipefail
started=$(date +%s)
{publish}"""

def _publication_impl(ctx):
    published = [target[PublishableInfo] for target in ctx.attr.files]
    evidence = [target[MeasurementInfo] for target in ctx.attr.measurements]
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
