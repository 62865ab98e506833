"""Turns libraries that pkg-config knows into cc_library targets."""

_CC_LIBRARY = """
cc_library(
    name = "{name}",
    hdrs = glob({headers}, allow_empty = True),
    copts = [],
    includes = {includes},
    linkopts = {linkopts},
)
"""

def _pkg_config(repository_ctx, arguments, modules):
    """Runs pkg-config and returns its output split into words."""
    command = ["pkg-config"] + arguments + modules
    result = repository_ctx.execute(command)
    if result.return_code != 0:
        fail("%s failed: %s\nInstall what @%s needs with ./setup.sh (Debian package %s)." % (
            " ".join(command),
            result.stderr.strip(),
            repository_ctx.name,
            repository_ctx.attr.debian_package,
        ))
    return [word for word in result.stdout.strip().split(" ") if word]

def _cc_library(repository_ctx, package, name, modules):
    """Returns the BUILD text of one library of `package`."""
    includes = []
    headers = []
    for flag in _pkg_config(repository_ctx, ["--cflags-only-I"], modules):
        link = "include/%s" % flag[2:].strip("/").replace("/", "_")
        path = "%s/%s" % (package, link) if package else link
        if not repository_ctx.path(path).exists:
            repository_ctx.symlink(flag[2:], path)
        includes.append(link)
        headers.append(link + "/**")
    linkopts = []
    for flag in _pkg_config(repository_ctx, ["--libs"], modules):
        if flag not in linkopts:
            linkopts.append(flag)
    return _CC_LIBRARY.format(
        name = name,
        headers = headers,
        includes = includes,
        linkopts = linkopts,
    )

def _pkg_config_repository_impl(repository_ctx):
    packages = {"": repository_ctx.attr.build_file_content}
    for label, modules in repository_ctx.attr.libraries.items():
        package, _, name = label.rpartition(":")
        text = _cc_library(repository_ctx, package, name, modules)
        packages[package] = packages.get(package, "") + text
    for name, program in repository_ctx.attr.programs.items():
        path = repository_ctx.which(program)
        if path == None:
            fail("no program '%s' on the PATH: @%s needs it. Run ./setup.sh (Debian package %s)." % (
                program,
                repository_ctx.name,
                repository_ctx.attr.debian_package,
            ))
        repository_ctx.symlink(path, name)
        packages[""] += "\nexports_files([\"%s\"])\n" % name
    for package, text in packages.items():
        repository_ctx.file(
            package + "/BUILD" if package else "BUILD",
            "package(default_visibility = [\"//visibility:public\"])\n" + text,
        )

pkg_config_repository = repository_rule(
    implementation = _pkg_config_repository_impl,
    doc = "A repository of system libraries and programs. It fails, naming the Debian package, when one is absent.",
    attrs = {
        "build_file_content": attr.string(doc = "Further text of the root BUILD file."),
        "debian_package": attr.string(mandatory = True, doc = "What to install when something is missing."),
        "libraries": attr.string_list_dict(doc = "Label inside the repository ('package:name') to pkg-config modules."),
        "programs": attr.string_dict(doc = "Label inside the repository to a program on the PATH."),
    },
    configure = True,
    local = True,
)
