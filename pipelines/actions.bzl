"""How a stage's rule calls its program: one action per artifact, or one per shard.

The tools are built in the target configuration: the binary that a pipeline
runs is the one that `bazel run //tools/...` runs.
"""

load(":providers.bzl", "PublishableInfo")

def stage_tool(label):
    """The attribute that holds a stage's program."""
    return attr.label(
        default = label,
        executable = True,
        cfg = "target",
        doc = "The stage's program.",
    )

def parts_of(info):
    """The other files that hold an artifact's tensors: a list of File."""
    return getattr(info, "parts", [])

def part_path(name, index, count):
    """What tools call part `index` of `count` of <name>.qca."""
    return "%s-%s-of-%s.qca" % (name, _five_digits(index + 1), _five_digits(count))

def _five_digits(number):
    text = "0000" + str(number)
    return text[len(text) - 5:] if number < 100000 else str(number)

def _with_parts_for(info, index, count):
    """The checkpoint for part `index` of a calibration: with its blocks' part.

    The first part also reads the embedding, which is in the same file.
    """
    parts = parts_of(info)
    if len(parts) != count:
        return info
    return struct(
        artifact = info.artifact,
        manifest = info.manifest,
        chain = info.chain,
        parts = [parts[index]],
    )

def _words(flags):
    """--flag=value for each of `flags`, and the input files and chains behind them.

    A value may be an artifact's provider, a list of those, a File, a scalar, or a
    folder of inputs: a struct of its path, `folder`, and its `files`.
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
                inputs += [info.artifact, info.manifest] + parts_of(info)
                chains.append(info.chain)
            text = ",".join([info.artifact.path for info in infos])
        else:
            text = value
        words.append("--%s=%s" % (name, text))
    return words, inputs, chains

def run_tool(ctx, stage, flags, outputs, what, tool = None, parts = []):
    """Declares the action: the tool, with flags as _words takes them.

    `tool` is an executable, the stage's own when None. It writes a manifest
    next to each of `outputs`, a dict from flags to files; in a folder, next to
    each file there. `parts` are the files of an output that is an index; each has
    a manifest. Returns the manifests of outputs that are not folders and, as a
    depset, the whole chain behind the outputs.
    """
    words, inputs, chains = _words(flags)
    manifests = [
        ctx.actions.declare_file(output.basename + ".manifest.json", sibling = output)
        for output in outputs.values()
        if not output.is_directory
    ]
    part_manifests = [
        ctx.actions.declare_file(part.basename + ".manifest.json", sibling = part)
        for part in parts
    ]
    arguments = ctx.actions.args()
    arguments.add_all(words)
    for name, output in outputs.items():
        arguments.add("--%s=%s" % (name, output.path))
    ctx.actions.run(
        executable = tool or ctx.executable.tool,
        arguments = [arguments],
        inputs = inputs,
        outputs = outputs.values() + manifests + parts + part_manifests,
        mnemonic = "Quant" + stage,
        progress_message = "%s %s" % (what, ctx.label.name),
    )
    return manifests, depset(manifests, transitive = chains)

def default_info(ctx, files, manifests):
    """The files, for the command line; with their manifests, as data of a test."""
    return DefaultInfo(
        files = depset(files + manifests),
        runfiles = ctx.runfiles(files = files + manifests),
    )

def stage_artifact(ctx, stage, provider, flags, what):
    """One action that makes <name>.qca, and the providers that hand it on."""
    output = ctx.actions.declare_file(ctx.label.name + ".qca")
    manifests, chain = run_tool(ctx, stage, flags, {"output": output}, what)
    return [
        default_info(ctx, [output], manifests),
        provider(artifact = output, manifest = manifests[0], chain = chain),
    ]

def sharded_artifact(ctx, stage, provider, flags, what, merge_flags = {}, as_index = False):
    """An artifact of ctx.attr.shards parts, made apart and merged: the same bytes.

    `merge_flags` are for the step that makes the whole, whichever that is. With
    `as_index` the shards keep the tensors, and the whole is an index of them.
    """
    count = ctx.attr.shards
    if count < 1:
        fail("shards = %d: must be >= 1" % count, "shards")
    if count == 1:
        whole_flags = dict(flags)
        whole_flags.update(merge_flags)
        return stage_artifact(ctx, stage, provider, whole_flags, what)
    parts = []
    for index in range(count):
        part = ctx.actions.declare_file("%s_shard_%d_of_%d.qca" % (ctx.label.name, index, count))
        part_flags = dict(flags)
        part_flags.update({"shard": index, "shards": count})
        manifests, chain = run_tool(ctx, stage, part_flags, {"output": part}, "%s (%d of %d)" % (what, index + 1, count))
        parts.append(provider(artifact = part, manifest = manifests[0], chain = chain))
    return _whole(ctx, provider, parts, merge_flags, as_index)

def _whole(ctx, provider, parts, merge_flags, as_index):
    """Merges parts that were made apart; `as_index` leaves their tensors there."""
    flags = {"shards": parts}
    flags.update(merge_flags)
    if as_index:
        flags["index"] = "true"
    output = ctx.actions.declare_file(ctx.label.name + ".qca")
    manifests, chain = run_tool(ctx, "Merge", flags, {"output": output}, "Merging", tool = ctx.executable._merge)
    if not as_index:
        return [
            default_info(ctx, [output], manifests),
            provider(artifact = output, manifest = manifests[0], chain = chain),
        ]
    shards = [part.artifact for part in parts]
    return [
        default_info(ctx, [output] + shards, manifests),
        provider(artifact = output, manifest = manifests[0], chain = chain, parts = shards),
    ]

def chained_artifact(ctx, stage, provider, flags, what, needs_all_blocks = True, as_index = False):
    """An artifact of ctx.attr.parts parts: a chain of actions, then a merge.

    Each part but the last hands on its activations to the next one. Unless it
    `needs_all_blocks`, an action gets only those parts of the checkpoint that it
    reads. With `as_index` the parts keep the tensors, and the whole is an index.
    """
    count = ctx.attr.parts
    if count < 1:
        fail("parts = %d: must be >= 1" % count, "parts")
    if ctx.attr.shards > 1:
        fail("shards = %d, parts = %d: one of them must be 1" % (ctx.attr.shards, count), "parts")
    parts = []
    before = None
    for index in range(count):
        base = "%s_part_%d_of_%d" % (ctx.label.name, index, count)
        outputs = {"output": ctx.actions.declare_file(base + ".qca")}
        if index + 1 < count:
            outputs["activations_output"] = ctx.actions.declare_file(base + "_activations.qca")
        part_flags = dict(flags, part = index, parts = count)
        if not needs_all_blocks:
            part_flags["checkpoint"] = _with_parts_for(flags["checkpoint"], index, count)
        if before:
            part_flags["activations"] = before
        manifests, chain = run_tool(ctx, stage, part_flags, outputs, "%s (%d of %d)" % (what, index + 1, count))
        parts.append(provider(artifact = outputs["output"], manifest = manifests[0], chain = chain))
        if index + 1 < count:
            before = provider(artifact = outputs["activations_output"], manifest = manifests[1], chain = chain)
    return _whole(ctx, provider, parts, {}, as_index)

# Attributes that every rule with shards has.
SHARD_ATTRS = {
    "shards": attr.int(default = 1, doc = "Parts that may run apart, on other machines; the bytes do not depend on it."),
    "_merge": stage_tool("//tools/merge"),
}

def publishable_files(ctx, stage, flags, outputs, what):
    """One action that makes files for people."""
    manifests, chain = run_tool(ctx, stage, flags, outputs, what)
    return [
        default_info(ctx, outputs.values(), manifests),
        PublishableInfo(files = outputs.values(), manifests = manifests, chain = chain),
    ]
