// The set of models a network may name.
#include "core/model.hpp"

#include <utility>

#include "core/errors.hpp"
#include "core/rule.hpp"

namespace spikeloom {

ModelSet& ModelSet::add(NeuronModel model) {
  if (find(model.table->name))
    throw Error("duplicate_key", {}, "a model named \"" + std::string(model.table->name) + "\" is in the set already");
  models_.push_back(model);
  return *this;
}

const NeuronModel* ModelSet::find(std::string_view name) const {
  for (const NeuronModel& model : models_)
    if (model.table->name == name) return &model;
  return nullptr;
}

std::vector<std::string> ModelSet::names() const {
  std::vector<std::string> names;
  for (const NeuronModel& model : models_) names.emplace_back(model.table->name);
  return names;
}

ModelSet& ModelSet::add(const PlasticityRule& rule) {
  if (find_rule(rule.table->name))
    throw Error("duplicate_key", {}, "a rule named \"" + std::string(rule.table->name) + "\" is in the set already");
  rules_.push_back(std::make_shared<const PlasticityRule>(rule));
  return *this;
}

std::shared_ptr<const PlasticityRule> ModelSet::find_rule(std::string_view name) const {
  for (const auto& rule : rules_)
    if (rule->table->name == name) return rule;
  return nullptr;
}

std::vector<std::string> ModelSet::rule_names() const {
  std::vector<std::string> names;
  for (const auto& rule : rules_) names.emplace_back(rule->table->name);
  return names;
}

}  // namespace spikeloom
