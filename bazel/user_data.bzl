"""Your own models and texts as inputs of the pipeline, wherever they lie."""

_BUILD = """package(default_visibility = ["//visibility:public"])

exports_files(glob(["*"], exclude = ["BUILD.bazel", "WORKSPACE"]))

# A folder's files together: what quant_curve() takes as its model.
[filegroup(name = folder, srcs = glob([folder + "/**"])) for folder in {folders}]
"""

def _user_data_impl(ctx):
    root = ctx.path(Label("//:WORKSPACE")).dirname
    path = ctx.attr.path
    folder = ctx.path(path if path.startswith("/") else "%s/%s" % (root, path))
    if not folder.exists:
        fail("user_data(name = '%s'): %s does not exist; put the files there, or change the path in WORKSPACE" % (ctx.name, folder))
    folders = []
    for entry in folder.readdir():
        ctx.symlink(entry, entry.basename)
        if ctx.execute(["test", "-d", str(entry)]).return_code == 0:
            folders.append(entry.basename)
    ctx.file("BUILD.bazel", _BUILD.format(folders = sorted(folders)))

user_data = repository_rule(
    implementation = _user_data_impl,
    doc = """A folder outside of the workspace as a repository.

With user_data(name = "models", path = "../models") in WORKSPACE, @models//:text.txt
is a file of that folder and @models//:tiny is all files of its folder "tiny".
Nothing is read before a target needs it: a folder that is not there breaks only
the targets that use it. Restart Bazel (bazel shutdown) when files were added.""",
    attrs = {
        "path": attr.string(mandatory = True, doc = "The folder: absolute, or from the workspace's root."),
    },
    local = True,
)
