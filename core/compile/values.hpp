// Values that differ from cell to cell or from synapse to synapse, made ready to be evaluated one by one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/compile/context.hpp"
#include "core/expression.hpp"
#include "core/math/stream.hpp"

namespace spikeloom {

/// One Value, ready: constants are folded, expressions compiled, files read. Evaluation is pure but for expressions, whose
/// object belongs to one thread (copy it).
class ElementValue {
 public:
  /// `names`: the variables that differ from element to element, nearest first; `scope`: numbers fixed for all elements,
  /// after them. Arrays and file columns must have `array_size` entries (absent: not allowed here).
  ElementValue(const CompileContext& context, const Value& value, const std::string& path, const std::vector<std::string>& names,
               const Scope& scope, std::optional<std::uint64_t> array_size, const Range& range = {});

  /// The same for every element: `constant()` is it.
  bool is_constant() const { return kind_ == Kind::constant; }
  double constant() const { return constant_; }
  /// Which of `names` it reads, itself and in its arguments.
  const std::vector<std::size_t>& reads() const { return reads_; }

  /// The value of element `index`; `variables` in the order of `names`; `stream` is the element's own.
  double operator()(std::uint64_t index, const double* variables, RandomStream& stream);

  const Distribution* distribution() const { return kind_ == Kind::law ? &law_ : nullptr; }
  /// Arguments and bounds of a law (bounds after arguments), where all are constants.
  std::optional<std::vector<double>> constant_arguments() const;
  const Where& where() const { return where_; }

 private:
  enum class Kind { constant, expression, array, law };
  /// The constant +-infinity that an absent bound is written as.
  ElementValue(double infinity, const Where& where) : constant_(infinity), where_(where) {}
  void read_law(const CompileContext& context, const Distribution& law, const std::vector<std::string>& names,
                const Scope& scope);
  double draw(std::uint64_t index, const double* variables, RandomStream& stream);
  void check(double value) const;

  Kind kind_ = Kind::constant;
  double constant_ = 0;
  std::shared_ptr<const std::vector<double>> array_;  ///< shared by all copies
  std::optional<CompiledExpression> expression_;
  std::vector<double> fixed_;  ///< values of the scope, behind the element's variables
  std::vector<double> all_;
  std::size_t name_count_ = 0;
  Distribution law_;
  std::vector<ElementValue> arguments_, bounds_;
  std::vector<std::size_t> reads_;
  Range range_;
  Where where_;
};

}  // namespace spikeloom
