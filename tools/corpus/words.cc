#include "tools/corpus/words.h"

namespace quant_curve {
namespace {

constexpr VerbEntry Transitive(absl::string_view base) {
  return {base, "", /*takes_object=*/true, /*takes_to=*/false};
}
constexpr VerbEntry TransitiveTo(absl::string_view base) {
  return {base, "", /*takes_object=*/true, /*takes_to=*/true};
}
constexpr VerbEntry Intransitive(absl::string_view base) {
  return {base, "", /*takes_object=*/false, /*takes_to=*/false};
}
constexpr VerbEntry IntransitiveTo(absl::string_view base) {
  return {base, "", /*takes_object=*/false, /*takes_to=*/true};
}

// Regular verbs, but for the last five. No verb doubles a consonant, drops an
// "e" or has a past like its base: the vocabulary could not spell the first two
// and a cloze could not tell the third.
constexpr VerbEntry kVerbs[] = {
    Transitive("back"),
    Transitive("stack"),
    Transitive("hack"),
    Transitive("fill"),
    Transitive("till"),
    Transitive("chill"),
    Transitive("cook"),
    Transitive("hook"),
    Transitive("bump"),
    Transitive("lick"),
    Transitive("nick"),
    Transitive("pick"),
    Transitive("lock"),
    Transitive("shock"),
    Transitive("mock"),
    Transitive("stock"),
    Transitive("wash"),
    Transitive("mash"),
    Transitive("bash"),
    Transitive("lash"),
    Transitive("cash"),
    Transitive("stash"),
    Transitive("gain"),
    Transitive("stain"),
    Transitive("nail"),
    Transitive("hail"),
    Transitive("bail"),
    Transitive("tend"),
    Transitive("mend"),
    Transitive("mark"),
    Transitive("boil"),
    Transitive("soil"),
    Transitive("foil"),
    Transitive("coil"),
    Transitive("roast"),
    Transitive("toast"),
    Transitive("dent"),
    Transitive("rent"),
    Transitive("test"),
    Transitive("fold"),
    Transitive("mold"),
    Transitive("stalk"),
    Transitive("chalk"),
    Transitive("vend"),
    TransitiveTo("pack"),
    TransitiveTo("call"),
    TransitiveTo("dump"),
    TransitiveTo("pump"),
    TransitiveTo("kick"),
    TransitiveTo("mail"),
    TransitiveTo("hand"),
    Intransitive("boast"),
    Intransitive("bark"),
    Intransitive("fail"),
    Intransitive("stay"),
    Intransitive("rest"),
    Intransitive("land"),
    Intransitive("toil"),
    Intransitive("jest"),
    Intransitive("balk"),
    IntransitiveTo("walk"),
    IntransitiveTo("talk"),
    IntransitiveTo("look"),
    IntransitiveTo("jump"),
    IntransitiveTo("dash"),
    IntransitiveTo("sail"),
    {"bend", "bent", true, false},
    {"send", "sent", true, true},
    {"lend", "lent", true, true},
    {"sell", "sold", true, true},
    {"tell", "told", true, false},
};

constexpr absl::string_view kThings[] = {
    "ball",  "sock", "book",  "sack",  "shell", "cake",  "stake", "rake",
    "bell",  "bill", "pill",  "chick", "lark",  "shark", "rook",  "jay",
    "pest",  "vest", "cent",  "pail",  "tail",  "stump", "lump",  "stick",
    "sash",  "wick", "chest", "jack",  "ray",   "tack",  "band",  "rock",
    "chain", "rail", "gill",  "hump"};

constexpr absl::string_view kPlaces[] = {
    "hall", "hill", "mall", "mill", "shack", "tent", "lake",
    "bay",  "dell", "cell", "well", "nest",  "wall", "jail",
    "dock", "park", "nook", "sill", "coast", "stall"};

constexpr absl::string_view kNoNames[] = {
    "bake",  "best", "bold",  "cack",  "chump", "cock", "cold",  "dark",
    "dick",  "fack", "fake",  "fell",  "fend",  "fock", "fook",  "gall",
    "gash",  "gay",  "gold",  "gook",  "hake",  "hark", "hash",  "hay",
    "hell",  "hick", "hold",  "kill",  "kook",  "lack", "lain",  "lay",
    "lest",  "main", "make",  "may",   "nay",   "pain", "pall",  "pay",
    "pent",  "rack", "rain",  "rash",  "rend",  "rill", "rump",  "sake",
    "sand",  "say",  "shake", "shall", "shook", "sick", "stand", "stark",
    "still", "take", "tall",  "tick",  "took",  "vain", "vent",  "wack",
    "wail",  "wake", "wand",  "way",   "wend",  "went", "west"};

}  // namespace

absl::Span<const VerbEntry> VerbEntries() { return kVerbs; }
absl::Span<const absl::string_view> ThingNouns() { return kThings; }
absl::Span<const absl::string_view> PlaceNouns() { return kPlaces; }
absl::Span<const absl::string_view> WordsThatAreNoNames() { return kNoNames; }

}  // namespace quant_curve
