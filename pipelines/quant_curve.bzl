"""quant_curve(): a whole sweep, from corpus to published figures, in one call."""

load(":publication.bzl", "publication")
load(":schemes.bzl", "SWEEP_SCHEMES", "scheme_error")
load(":speed.bzl", "timed_publication")
load(
    ":stages.bzl",
    "calibration",
    "checkpoint",
    "corpus",
    "exported_model",
    "figure",
    "imported_model",
    "measurement",
    "quantized_model",
    "report",
    "text_corpus",
)

def _name_and_text(scheme):
    """The name and the --scheme value of a named scheme or integer_scheme()."""
    if type(scheme) == "string":
        return scheme, scheme
    return scheme.name, scheme.text

def _is_sequential(scheme):
    return type(scheme) != "string" and scheme.sequential

def _measure(name, schemes, reference, divergence, data, model, hessians, window_tokens, evaluation_tokens, shards, parts, tags):
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
            corpus = data if _is_sequential(scheme) else None,
            index = parts > 1,
            parts = parts if _is_sequential(scheme) else 1,
            scheme = text,
            shards = 1 if _is_sequential(scheme) else max(shards, parts),
            tags = tags,
        )
        measurement(
            name = prefix + "_measurement",
            corpus = data,
            evaluation_tokens = evaluation_tokens,
            model = prefix + "_model",
            reference = None if scheme_name == reference else "%s_%s_measurement" % (name, reference),
            reference_model = "%s_%s_model" % (name, reference) if divergence and scheme_name != reference else None,
            shards = shards,
            tags = tags,
            window_tokens = window_tokens,
        )
        models.append(prefix + "_model")
        labels.append(prefix + "_measurement")
    return models, labels

def _export(name, schemes, formats, tokenizer, tags):
    """Declares each scheme's model in each format."""
    for scheme in schemes:
        prefix = "%s_%s" % (name, _name_and_text(scheme)[0])
        for format in formats:
            exported_model(
                name = "%s_%s" % (prefix, format.replace("-", "_")),
                format = format,
                model = prefix + "_model",
                output = prefix + ".gguf" if format == "gguf" else "",
                # Float schemes cannot be packed: `bazel build :all` leaves it out.
                tags = tags + (["manual"] if format == "compressed-tensors" else []),
                tokenizer = tokenizer,
            )

def _roofline_schemes(schemes):
    """What the roofline shows: without one of its usual four, the sweep's first eight."""
    names = [_name_and_text(scheme)[0] for scheme in schemes]
    for usual in ["fp32", "fp16", "int8_per_channel", "int4_per_group_64"]:
        if usual not in names:
            return names[:8]
    return []

def _draw(name, experiment, kinds, measurements, reference, verdict, y_scale, tags):
    """Declares the figures, PNG and SVG; returns their labels."""
    labels = []
    for kind in kinds:
        for extension in ["png", "svg"]:
            label = "%s_%s_%s" % (name, kind, extension)
            figure(
                name = label,
                experiment = experiment if kind == "pareto" else "",
                figure = kind,
                image = "%s/%s.%s" % (name, kind, extension),
                measurements = measurements,
                reference = reference,
                tags = tags,
                verdict = verdict if kind == "pareto" else {},
                y_scale = y_scale,
            )
            labels.append(label)
    return labels

def _import(name, model, tokenizer, tokens, text, parts, tags):
    """Declares import and corpus of one's own model; returns both labels."""
    for argument in ["calibration_text", "evaluation_text"]:
        if not text[argument]:
            fail("quant_curve(%s): %s is needed, too: texts come in pairs" % (name, argument))
    checkpoint_name = name + "_checkpoint"
    imported_model(
        name = checkpoint_name,
        model = model if type(model) == "list" else [model],
        parts = parts,
        tags = tags,
        tokenizer = tokenizer,
        tokens = tokens,
    )
    text_corpus(
        name = name + "_corpus",
        model = checkpoint_name,
        tags = tags,
        tokens = tokens,
        **text
    )
    return checkpoint_name, name + "_corpus"

def quant_curve(
        name,
        output_dir,
        schemes = SWEEP_SCHEMES,
        reference = "fp32",
        model = None,
        data = None,
        hessians = None,
        tokenizer = None,
        tokens = False,
        calibration_text = None,
        evaluation_text = None,
        document_separator = "",
        task = None,
        corpus_flags = {},
        training_flags = {},
        calibration_sequences = 128,
        sequences_begin_with_document = False,
        sequence_length = 0,
        calibration_tokens = 0,
        evaluation_tokens = 0,
        seed = 42,
        title = None,
        divergence = True,
        quality_metric = "perplexity_gap_percent",
        quality_margin = "1",
        byte_budget = 0,
        lab = False,
        y_scale = "auto",
        shards = 1,
        parts = 1,
        exports = [],
        speed = False,
        benchmark_flags = {},
        tags = [],
        visibility = None):
    """Declares every stage of a sweep and a target that publishes its results.

    `bazel run <name>` builds what is missing, publishes into output_dir and
    prints the table. Without model and data it trains MiniGPT on the verb corpus;
    with calibration_text and evaluation_text it takes your model and your text:

        quant_curve(
            name = "my_curve",
            calibration_text = "train.txt",
            document_separator = "<|endoftext|>",
            evaluation_text = "validation.txt",
            model = ":my_model",  # filegroup: config.json, *.safetensors, tokenizer.json
            output_dir = "experiments/my_curve",
            schemes = ["fp32", "int8_per_channel", "int4_per_group_64_gptq"],
        )

    Each stage is a target of its own: <name>_corpus,
    <name>_checkpoint, <name>_calibration, then <name>_<scheme>_model and
    <name>_<scheme>_measurement for each scheme, <name>_pareto_png and the other
    figures, and <name>_report. With exports there are <name>_<scheme>_gguf,
    <name>_<scheme>_safetensors and <name>_<scheme>_compressed_tensors, too;
    publishing does not need them.

    Args:
      name: of the target that publishes.
      output_dir: where the results go, from the workspace's root; its last part
        names the experiment.
      schemes: names that //tools/quantize knows, or integer_scheme() values.
      reference: name of the scheme that gaps are measured against.
      model: label of a checkpoint() to use instead of training one. With texts:
        the files of a Hugging Face folder (a filegroup, or a list), one .gguf
        with tensors of F32, F16 or BF16, or one .bin of llama2.c.
      data: label of a corpus() to use instead of generating one.
      hessians: label of a calibration() of that model; needs model and data.
      tokenizer: with texts: tokenizer.json or llama2.c's tokenizer.bin; by
        default the folder's tokenizer.json, or the GGUF file's own.
      tokens: with texts: they are token ids, and the model needs no tokenizer.
      calibration_text: UTF-8 text for the Hessians (bazel/user_data.bzl brings in
        files from outside the workspace).
      evaluation_text: UTF-8 text to measure on.
      document_separator: with texts: the separator between documents; each is scored
        on its own after the begin token (no second one if it begins with that
        token), in windows if it is longer than the model's context.
      task: with texts: minimal pairs in BLiMP's JSONL form; none: no task.
      corpus_flags: flags of //tools/corpus, when data is not given.
      training_flags: flags of //tools/train, when model is not given.
      calibration_sequences: how many the Hessians are taken over; 0: no Hessians,
        where no scheme needs them. Then there are no proxy losses either.
      sequences_begin_with_document: whether each of them begins with a document
        (docs/quantization.md); otherwise documents are packed and cut anywhere.
      sequence_length: tokens of a calibration sequence and of an evaluation window;
        0: the model's context, at most 2048.
      calibration_tokens: limit of the tokens of all calibration sequences: fewer
        than calibration_sequences are used, at least one, where those would have
        more; 0: no limit.
      evaluation_tokens: limit of the tokens that are scored: only the first windows
        within it, at least two; 0: no limit. Items of the task are always scored.
      seed: of corpus and training.
      title: first line of the README.
      divergence: whether the reference model runs next to every scheme, for the
        Kullback-Leibler divergence of their predictions; it doubles the time of
        evaluation.
      quality_metric: what a scheme to ship may lose: "perplexity_gap_percent", or
        "kl_divergence_mean_nats", which needs divergence.
      quality_margin: the largest loss, a number as text, in the metric's unit.
        Choose it before measuring.
      byte_budget: the most stored bytes of a scheme to ship; 0: no limit.
      lab: whether the README answers the questions of the lab that the main sweep
        repeats.
      y_scale: of the Pareto figures: "auto", "linear" or "log".
      shards: parts that calibration, each quantization (but not by sequential
        schemes) and each measurement are cut into, for more machines; no bit
        depends on it.
      parts: parts of the model's blocks, for models that take hours: calibration
        is a chain of so many actions, each of which takes the activations of the
        one before, and so is each quantization by a sequential scheme. Each
        other quantization is so many actions that may run at the same time. An
        imported model is written in so many parts and an index, a quantized one
        is an index of what its actions made. An interrupted sweep resumes at the
        unfinished part; no bit of a measurement depends on it. With shards = 1.
      exports: formats for other runtimes, "gguf", "safetensors" and "compressed-tensors"
        (docs/export.md).
      speed: whether `bazel run` also measures how fast the models decode, and
        publishes speed.json and the figures of speed. Building never does.
      benchmark_flags: with speed: flags of //tools/benchmark, such as the random
        shapes of the roofline; its threads must have 1 among them.
      tags: of every target; "manual" keeps them out of `bazel test //...`.
      visibility: of the publishing target.
    """
    if hessians and not (model and data):
        fail("quant_curve(%s): hessians needs model and data, too" % name)
    has_text = calibration_text or evaluation_text
    if not has_text and (tokenizer or tokens or task or document_separator):
        fail("quant_curve(%s): tokenizer, tokens, task and document_separator go with texts" % name)
    if has_text and (not model or data or hessians):
        fail("quant_curve(%s): texts go with model, and without data and hessians" % name)
    if not [s for s in schemes if _name_and_text(s)[0] == reference]:
        fail("quant_curve(%s): the reference '%s' is not among the schemes" % (name, reference))
    if quality_metric == "kl_divergence_mean_nats" and not divergence:
        fail("quant_curve(%s): quality_metric = \"%s\" needs divergence = True" % (name, quality_metric))
    for scheme in schemes:
        error = scheme_error(scheme, has_calibration = hessians or calibration_sequences > 0)
        if error:
            fail("quant_curve(%s): %s" % (name, error))
    figure_kinds = ["pareto", "verb_tense_accuracy"]
    if has_text:
        figure_kinds = ["pareto", "minimal_pair_accuracy"] if task else ["pareto"]
        text = {
            "calibration_text": calibration_text,
            "document_separator": document_separator,
            "evaluation_text": evaluation_text,
            "task": task,
        }
        model, data = _import(name, model, tokenizer, tokens, text, parts, tags)
    if not data:
        data = name + "_corpus"
        corpus(name = data, flags = corpus_flags, seed = seed, tags = tags)
    if not model:
        model = name + "_checkpoint"
        checkpoint(name = model, corpus = data, flags = training_flags, seed = seed, tags = tags)
    if not hessians and calibration_sequences > 0:
        hessians = name + "_calibration"
        calibration(
            name = hessians,
            calibration_tokens = calibration_tokens,
            checkpoint = model,
            corpus = data,
            sequence_length = sequence_length,
            sequences = calibration_sequences,
            sequences_begin_with_document = sequences_begin_with_document,
            parts = parts,
            shards = shards,
            tags = tags,
        )

    if parts > 1 and shards > 1:
        fail("quant_curve(%s): shards = %d, parts = %d: one of them must be 1" % (name, shards, parts))
    models, measurements = _measure(name, schemes, reference, divergence, data, model, hessians, sequence_length, evaluation_tokens, shards, parts, tags)

    # Models of token ids have no tokenizer to give along.
    _export(name, schemes, exports, None if tokens else (model if has_text else data), tags)
    experiment = output_dir.split("/")[-1]
    verdict = {
        "byte_budget": str(byte_budget),
        "quality_margin": str(quality_margin),
        "quality_metric": quality_metric,
    }
    figures = _draw(name, experiment, figure_kinds, measurements, reference, verdict, y_scale, tags)
    title = title or experiment
    command = "bazel run //%s:%s" % (native.package_name(), name)
    report_flags = dict(verdict, lab = str(lab).lower())
    report(
        name = name + "_report",
        command = command,
        csv = name + "/results.csv",
        details = None if speed else name + "/details.md",
        experiment = experiment,
        measurements = measurements,
        page = None if speed else name + "/report.html",
        readme = None if speed else name + "/README.md",
        reference = reference,
        results = name + "/results.json",
        tags = tags,
        title = title,
        verdict = report_flags,
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
        model_name = name if has_text else "minigpt",
        models = models,
        output_dir = output_dir,
        reference = reference,
        roofline_schemes = _roofline_schemes(schemes),
        tags = tags,
        title = title,
        verdict = report_flags,
        visibility = visibility,
        y_scale = y_scale,
    )
