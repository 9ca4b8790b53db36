// Evaluates a Value for one element after another, and reads the columns that files hold.
#include "core/compile/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/csv.hpp"
#include "core/math/distributions.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t largest_file = std::uint64_t{1} << 33;

/// A one-dimensional .npy array of little-endian float64, float32, int64 or int32.
std::vector<double> read_npy(const std::string& path, const Where& where) {
  const std::string bytes = read_whole_file(path, largest_file, where);
  const auto fail = [&](const std::string& why) -> void {
    throw Error("file", where, path + ": " + why)
        .with_value(path)
        .with_allowed("a one-dimensional .npy array of <f8, <f4, <i8 or <i4");
  };
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) fail("not a .npy file");
  const bool wide = bytes[6] >= 2;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, wide ? 4 : 2);
  const std::size_t start = (wide ? 12 : 10) + std::size_t{length};
  if (start > bytes.size()) fail("its header is cut");
  const std::string header = bytes.substr(wide ? 12 : 10, length);
  const std::size_t shape = header.find("'shape': (");
  if (shape == std::string::npos) fail("its header has no shape");
  const std::size_t comma = header.find(',', shape), close = header.find(')', shape);
  if (comma == std::string::npos || close == std::string::npos || comma > close) fail("not one-dimensional");
  if (header.find_first_not_of(" ", comma + 1) != close) fail("not one-dimensional");
  std::uint64_t length_told = 0;
  const char* const digits = header.data() + shape + std::strlen("'shape': (");
  if (std::from_chars(digits, header.data() + comma, length_told).ptr != header.data() + comma) fail("its shape is no number");
  const auto take = [&](auto type) {
    using T = decltype(type);
    const std::size_t held = (bytes.size() - start) / sizeof(T);
    if (held != length_told || (bytes.size() - start) % sizeof(T) != 0)
      fail("its shape tells of " + std::to_string(length_told) + " numbers, it holds " + std::to_string(held));
    std::vector<double> values(held);
    for (std::size_t i = 0; i < values.size(); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + start + i * sizeof(T), sizeof(T));
      values[i] = static_cast<double>(value);
    }
    return values;
  };
  if (header.find("'<f8'") != std::string::npos) return take(double{});
  if (header.find("'<f4'") != std::string::npos) return take(float{});
  if (header.find("'<i8'") != std::string::npos) return take(std::int64_t{});
  if (header.find("'<i4'") != std::string::npos) return take(std::int32_t{});
  fail("its numbers have another type");
  return {};
}

std::vector<double> read_column(const CompileContext& context, const FileColumn& column, const Where& where) {
  const std::string path = path_in(context.network.folder, column.file);
  if (path.ends_with(".npy")) return read_npy(path, where);
  if (column.column.empty()) throw Error("missing", where, "a .csv file needs \"column\"");
  CsvColumns columns = read_csv(path, {column.column}, where);
  if (!columns.found[0]) unknown("unknown_name", where, "the column", column.column, columns.header);
  return std::move(columns.values[0]);
}

struct LawCheck {
  const char* text;
  bool (*holds)(const std::vector<double>& a);
};

/// What the arguments of a law must satisfy, in the order of Distribution::Law; index of the argument at fault is 1 (the
/// second) unless said otherwise.
void check_law(const Distribution& law, const std::vector<double>& a, const std::vector<Where>& where) {
  using Law = Distribution::Law;
  const auto fail = [&](std::size_t k, const char* allowed) {
    throw Error("range", where[k], "the parameter of the distribution is out of range")
        .with_value(show(a[k]))
        .with_allowed(allowed);
  };
  switch (law.law) {
    case Law::uniform:
      if (!(a[0] <= a[1])) fail(1, ("at least " + show(a[0])).c_str());
      break;
    case Law::normal:
      if (!(a[1] >= 0)) fail(1, ">= 0");
      if (a.size() == 4 && !(a[2] <= a[3])) fail(3, ("at least the minimum " + show(a[2])).c_str());
      break;
    case Law::lognormal:
      if (!(a[0] > 0)) fail(0, "> 0");
      if (!(a[1] >= 0)) fail(1, ">= 0");
      if (!(a[1] / a[0] <= 1e150)) fail(1, "at most 1e150 times the mean");
      break;
    case Law::exponential:
      if (!(a[0] >= 0)) fail(0, ">= 0");
      break;
    case Law::gamma:
      if (!(a[0] > 0)) fail(0, "> 0");
      if (!(a[1] > 0)) fail(1, "> 0");
      break;
    case Law::log_uniform:
      if (!(a[0] > 0)) fail(0, "> 0");
      if (!(a[0] <= a[1])) fail(1, ("at least " + show(a[0])).c_str());
      break;
    case Law::uniform_int:
      for (std::size_t k = 0; k < 2; ++k)
        if (a[k] != std::rint(a[k]) || std::fabs(a[k]) > 0x1p53) fail(k, "a whole number up to 2^53");
      if (!(a[0] <= a[1])) fail(1, ("at least " + show(a[0])).c_str());
      break;
    case Law::mixture: {
      double sum = 0;
      for (std::size_t k = 0; k < a.size(); k += 2) {
        if (!(a[k] >= 0)) fail(k, ">= 0");
        sum += a[k];
      }
      if (!(sum > 0) || std::isinf(sum)) fail(0, "shares with a positive, finite sum");
      break;
    }
  }
}

/// How the network file writes argument k of a law.
std::string argument_path(Distribution::Law law, std::size_t k) {
  using Law = Distribution::Law;
  const auto named = [&](const char* name, const char* first, const char* second) {
    return std::string("/") + name + "/" + (k == 0 ? first : second);
  };
  switch (law) {
    case Law::uniform: return named("uniform", "0", "1");
    case Law::normal: return named("normal", "mean", "sd");
    case Law::lognormal: return named("lognormal", "mean", "sd");
    case Law::exponential: return named("exponential", "mean", "");
    case Law::gamma: return named("gamma", "mean", "shape");
    case Law::log_uniform: return named("log_uniform", "0", "1");
    case Law::uniform_int: return named("uniform_int", "0", "1");
    case Law::mixture: return "/mixture/" + std::to_string(k / 2) + "/" + std::to_string(k % 2);
  }
  return "";
}

}  // namespace

ElementValue::ElementValue(const CompileContext& context, const Value& value, const std::string& path,
                           const std::vector<std::string>& names, const Scope& scope, std::optional<std::uint64_t> array_size,
                           const Range& range)
    : name_count_(names.size()), range_(range), where_(place(value, path)) {
  if (const auto* literal = std::get_if<double>(&value.form)) {
    constant_ = *literal;
  } else if (const auto* text = std::get_if<Expression>(&value.form)) {
    std::vector<std::string> all = names;
    all.insert(all.end(), scope.names.begin(), scope.names.end());
    all.insert(all.end(), context.globals.names.begin(), context.globals.names.end());
    fixed_ = scope.values;
    fixed_.insert(fixed_.end(), context.globals.values.begin(), context.globals.values.end());
    all_.assign(all.size(), 0.0);
    std::copy(fixed_.begin(), fixed_.end(), all_.begin() + static_cast<std::ptrdiff_t>(name_count_));
    expression_.emplace(text->text, all, where_);
    for (const std::size_t used : expression_->used())
      if (used < name_count_) reads_.push_back(used);
    if (reads_.empty()) constant_ = expression_->evaluate(all_.data());
    else kind_ = Kind::expression;
  } else if (const auto* law = std::get_if<Distribution>(&value.form)) {
    read_law(context, *law, names, scope);
  } else {
    const auto* array = std::get_if<std::vector<double>>(&value.form);
    const auto* column = std::get_if<FileColumn>(&value.form);
    if (!array_size) throw Error("type", where_, "one number or a distribution is wanted here, not a list").with_value("a list");
    kind_ = Kind::array;
    array_ = std::make_shared<const std::vector<double>>(array != nullptr ? *array : read_column(context, *column, where_));
    if (array_->size() != *array_size)
      throw Error("range", where_, "the list has another length")
          .with_value(std::to_string(array_->size()))
          .with_allowed(std::to_string(*array_size));
    for (const double entry : *array_) check(entry);
  }
  if (kind_ == Kind::constant) check(constant_);
}

void ElementValue::read_law(const CompileContext& context, const Distribution& law, const std::vector<std::string>& names,
                            const Scope& scope) {
  kind_ = Kind::law;
  law_ = law;
  std::vector<Where> places;
  for (std::size_t k = 0; k < law.arguments.size(); ++k) {
    arguments_.emplace_back(context, law.arguments[k], where_.path + argument_path(law.law, k), names, scope, std::nullopt);
    places.push_back(arguments_.back().where_);
  }
  for (std::size_t k = 0; k < law.bounds.size(); ++k) {
    const std::string path = where_.path + (k == 0 ? "/normal/min" : "/normal/max");
    const auto* literal = std::get_if<double>(&law.bounds[k].form);
    if (literal != nullptr && std::isinf(*literal) && (*literal < 0) == (k == 0))
      bounds_.push_back(ElementValue(*literal, place(law.bounds[k], path)));
    else bounds_.emplace_back(context, law.bounds[k], path, names, scope, std::nullopt);
    places.push_back(bounds_.back().where_);
  }
  for (const auto* list : {&arguments_, &bounds_})
    for (const auto& part : *list) reads_.insert(reads_.end(), part.reads_.begin(), part.reads_.end());
  if (const auto fixed = constant_arguments()) check_law(law_, *fixed, places);
}

void ElementValue::check(double value) const {
  if (!std::isfinite(value) || !range_.holds(value))
    throw Error("range", where_, std::isfinite(value) ? "the number is out of range" : "the number is not finite")
        .with_value(show(value))
        .with_allowed(range_.text());
}

std::optional<std::vector<double>> ElementValue::constant_arguments() const {
  std::vector<double> values;
  for (const auto* list : {&arguments_, &bounds_})
    for (const auto& part : *list) {
      const bool share = law_.law != Distribution::Law::mixture || values.size() % 2 == 0;
      if (!part.is_constant() && share) return std::nullopt;
      values.push_back(part.constant_);
    }
  return values;
}

double ElementValue::operator()(std::uint64_t index, const double* variables, RandomStream& stream) {
  double value = constant_;
  if (kind_ == Kind::array) return (*array_)[index];
  if (kind_ == Kind::expression) {
    for (const std::size_t used : reads_) all_[used] = variables[used];
    value = expression_->evaluate(all_.data());
  } else if (kind_ == Kind::law) {
    value = draw(index, variables, stream);
  } else {
    return value;
  }
  check(value);
  return value;
}

double ElementValue::draw(std::uint64_t index, const double* variables, RandomStream& stream) {
  using Law = Distribution::Law;
  if (law_.law == Law::mixture) {
    double total = 0;
    for (std::size_t k = 0; k < arguments_.size(); k += 2) total += arguments_[k](index, variables, stream);
    double u = stream.next53() * total;
    for (std::size_t k = 0; k + 2 < arguments_.size(); k += 2) {
      u -= arguments_[k](index, variables, stream);
      if (u < 0) return arguments_[k + 1](index, variables, stream);
    }
    return arguments_.back()(index, variables, stream);
  }
  double a[4] = {0, 0, -unbounded, unbounded};
  for (std::size_t k = 0; k < arguments_.size(); ++k) a[k] = arguments_[k](index, variables, stream);
  for (std::size_t k = 0; k < bounds_.size(); ++k) a[2 + k] = bounds_[k](index, variables, stream);
  if (!reads_.empty()) {
    std::vector<double> given(a, a + arguments_.size());
    if (!bounds_.empty()) given.insert(given.end(), a + 2, a + 4);
    check_law(law_, given, std::vector<Where>(given.size(), where_));
  }
  switch (law_.law) {
    case Law::uniform: return math::uniform(a[0], a[1], stream.next53());
    case Law::normal: {
      const double u = stream.next53();
      if (bounds_.empty()) return math::normal(a[0], a[1], u);
      if (law_.clip) return math::clamped(math::normal(a[0], a[1], u), a[2], a[3]);
      return math::NormalInRange(a[0], a[1], a[2], a[3])(u);
    }
    case Law::lognormal: return math::Lognormal(a[0], a[1])(stream.next53());
    case Law::exponential: return math::exponential(a[0], stream.next53());
    case Law::gamma: return math::gamma(a[0], a[1], stream);
    case Law::log_uniform: return math::log_uniform(a[0], a[1], stream.next53());
    case Law::uniform_int:
      return static_cast<double>(
          math::uniform_int(static_cast<std::int64_t>(a[0]), static_cast<std::int64_t>(a[1]), stream.next64()));
    case Law::mixture: break;
  }
  return 0;
}

}  // namespace spikeloom
