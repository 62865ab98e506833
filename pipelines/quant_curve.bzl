"""quant_curve(): a whole sweep, from corpus to published figures, in one call."""

load(
    ":stages.bzl",
    "calibration",
    "checkpoint",
    "corpus",
    "figure",
    "measurement",
    "publication",
    "quantized_model",
    "report",
)
load(":schemes.bzl", "SWEEP_SCHEMES")
load(":speed.bzl", "timed_publication")

def _name_and_text(scheme):
    """The name and the --scheme value of a named scheme or integer_scheme()."""
    if type(scheme) == "string":
        return scheme, scheme
    return scheme.name, scheme.text

def _measure(name, schemes, reference, data, model, hessians, shards, tags):
    """Declares quantization and measurement of each scheme; returns both labels."""
    models = []
    labels = []
    for scheme in schemes:
        scheme_name, text = _name_and_text(scheme)
        prefix = "%s_%s" % (name, scheme_name)
        quantized_model(
            name = prefix + "_model",
            calibration = hessians,
            checkpoint = model,
            scheme = text,
            shards = shards,
            tags = tags,
        )
        measurement(
            name = prefix + "_measurement",
            corpus = data,
            model = prefix + "_model",
            reference = None if scheme_name == reference else "%s_%s_measurement" % (name, reference),
            shards = shards,
            tags = tags,
        )
        models.append(prefix + "_model")
        labels.append(prefix + "_measurement")
    return models, labels

def _draw(name, measurements, reference, y_scale, tags):
    """Declares the figures, PNG and SVG; returns their labels."""
    labels = []
    for kind in ["pareto", "verb_tense_accuracy"]:
        for extension in ["png", "svg"]:
            label = "%s_%s_%s" % (name, kind, extension)
            figure(
                name = label,
                figure = kind,
                image = "%s/%s.%s" % (name, kind, extension),
                measurements = measurements,
                reference = reference,
                tags = tags,
                y_scale = y_scale,
            )
            labels.append(label)
    return labels

def quant_curve(
        name,
        output_dir,
        schemes = SWEEP_SCHEMES,
        reference = "fp32",
        model = None,
        data = None,
        hessians = None,
        corpus_flags = {},
        training_flags = {},
        calibration_sequences = 128,
        seed = 42,
        title = None,
        y_scale = "auto",
        shards = 1,
        speed = False,
        benchmark_flags = {},
        tags = [],
        visibility = None):
    """Declares every stage of a sweep and a target that publishes its results.

    `bazel run <name>` builds what is missing, publishes into output_dir and
    prints the table. Each stage is a target of its own: <name>_corpus,
    <name>_checkpoint, <name>_calibration, then <name>_<scheme>_model and
    <name>_<scheme>_measurement for each scheme, <name>_pareto_png and the other
    figures, and <name>_report.

    Args:
      name: of the target that publishes.
      output_dir: where the results go, from the workspace's root; its last part
        names the experiment.
      schemes: names that //tools/quantize knows, or integer_scheme() values.
      reference: name of the scheme that gaps are measured against.
      model: label of a checkpoint() to use instead of training one.
      data: label of a corpus() to use instead of generating one.
      hessians: label of a calibration() of that model; needs model and data.
      corpus_flags: flags of //tools/corpus, when data is not given.
      training_flags: flags of //tools/train, when model is not given.
      calibration_sequences: how many the Hessians are taken over.
      seed: of corpus and training.
      title: first line of the README.
      y_scale: of the Pareto figures: "auto", "linear" or "log".
      shards: parts that calibration, each quantization and each measurement are
        cut into, for more machines; no bit depends on it.
      speed: whether `bazel run` also measures how fast the models decode, and
        publishes speed.json and the figures of speed. Building never does.
      benchmark_flags: with speed: flags of //tools/benchmark, such as the random
        shapes of the roofline; its threads must have 1 among them.
      tags: of every target; "manual" keeps them out of `bazel test //...`.
      visibility: of the publishing target.
    """
    if hessians and not (model and data):
        fail("quant_curve(%s): hessians needs model and data beside it" % name)
    if not [s for s in schemes if _name_and_text(s)[0] == reference]:
        fail("quant_curve(%s): the reference '%s' is not among the schemes" % (name, reference))
    if not data:
        data = name + "_corpus"
        corpus(name = data, flags = corpus_flags, seed = seed, tags = tags)
    if not model:
        model = name + "_checkpoint"
        checkpoint(name = model, corpus = data, flags = training_flags, seed = seed, tags = tags)
    if not hessians:
        hessians = name + "_calibration"
        calibration(name = hessians, checkpoint = model, corpus = data, sequences = calibration_sequences, shards = shards, tags = tags)

    models, measurements = _measure(name, schemes, reference, data, model, hessians, shards, tags)
    figures = _draw(name, measurements, reference, y_scale, tags)
    experiment = output_dir.split("/")[-1]
    title = title or experiment
    command = "bazel run //%s:%s" % (native.package_name(), name)
    report(
        name = name + "_report",
        command = command,
        experiment = experiment,
        measurements = measurements,
        readme = None if speed else name + "/README.md",
        reference = reference,
        results = name + "/results.json",
        tags = tags,
        title = title,
    )
    files = figures + [name + "_report"]
    if not speed:
        publication(
            name = name,
            files = files,
            measurements = measurements,
            output_dir = output_dir,
            tags = tags,
            visibility = visibility,
        )
        return
    timed_publication(
        name = name,
        benchmark_flags = benchmark_flags,
        command = command,
        experiment = experiment,
        figures = {
            "latency_pareto": "latency_pareto",
            "roofline_overlay": "roofline_overlay",
        },
        files = files,
        measurements = measurements,
        models = models,
        output_dir = output_dir,
        reference = reference,
        tags = tags,
        title = title,
        visibility = visibility,
        y_scale = y_scale,
    )
