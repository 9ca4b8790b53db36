// The one list of built-in neuron models. A new one is a header beside this and a name in the list.
#pragma once

#include "core/model.hpp"
#include "models/izhikevich.hpp"
#include "models/izhikevich_cv.hpp"
#include "models/lif_alpha.hpp"
#include "models/lif_cond_exp.hpp"
#include "models/lif_delta.hpp"
#include "models/lif_exp.hpp"

namespace spikeloom {

template <class... Models>
struct ModelList {};

using BuiltinModels = ModelList<LifDelta, LifExp, LifAlpha, LifCondExp, Izhikevich, IzhikevichCv>;

ModelSet builtin_models();

}  // namespace spikeloom
