// muParser keeps the grammar; every operator and function is ours, because libm differs between machines.
#include "core/expression.hpp"

#include <fmt/format.h>
#include <muParserBase.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/math/functions.hpp"

namespace spikeloom {
namespace {

constexpr std::size_t longest_text = 10'000;
constexpr const char* digits = "0123456789";
constexpr const char* name_characters = "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const char* const function_names[] = {"sqrt", "exp", "log", "min", "max", "round", "floor", "ceil", "abs", "pi"};

double add(double a, double b) { return a + b; }
double subtract(double a, double b) { return a - b; }
double multiply(double a, double b) { return a * b; }
double divide(double a, double b) { return a / b; }
double negate(double a) { return -a; }
double same(double a) { return a; }
double square_root(double a) { return std::sqrt(a); }
double exponential_of(double a) { return math::exp(a); }
double logarithm(double a) { return math::log(a); }
double nearest_whole(double a) { return std::round(a); }
double next_below(double a) { return std::floor(a); }
double next_above(double a) { return std::ceil(a); }
double magnitude(double a) { return std::fabs(a); }

double whole_power(double base, unsigned exponent) {
  double result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base) {
    if (exponent & 1) result *= base;
  }
  return result;
}

double power(double base, double exponent) {
  const bool whole = std::floor(exponent) == exponent;
  if (whole && std::fabs(exponent) <= 64) {
    const double result = whole_power(base, static_cast<unsigned>(std::fabs(exponent)));
    return exponent < 0 ? 1 / result : result;
  }
  if (base >= 0 || std::isnan(base)) return math::pow(base, exponent);
  if (!whole) return std::numeric_limits<double>::quiet_NaN();
  const bool odd = std::fmod(exponent, 2) != 0;
  return odd ? -math::pow(-base, exponent) : math::pow(-base, exponent);
}

/// `better(a, b)`: a replaces b. NaN stays, so that it reaches the check of the result.
template <class Better>
double extreme(const double* values, int count, Better better) {
  double result = values[0];
  for (int k = 1; k < count; ++k) {
    if (std::isnan(values[k]) || better(values[k], result)) result = values[k];
  }
  return result;
}

double smallest(const double* values, int count) {
  return extreme(values, count, [](double a, double b) { return a < b; });
}
double largest(const double* values, int count) {
  return extreme(values, count, [](double a, double b) { return a > b; });
}

/// Numbers are read by from_chars: no locale, correctly rounded, and 1e400 is no number.
int read_number(const mu::char_type* text, int* position, double* value) {
  if (!(*text >= '0' && *text <= '9') && *text != '.') return 0;
  const char* end = text + std::char_traits<char>::length(text);
  const auto [after, status] = std::from_chars(text, end, *value);
  if (status == std::errc::result_out_of_range) {
    throw mu::ParserError("the number is outside the range of double precision", *position, std::string(text, after));
  }
  if (status != std::errc()) return 0;
  *position += static_cast<int>(after - text);
  return 1;
}

class Arithmetic : public mu::ParserBase {
 public:
  Arithmetic() {
    AddValIdent(read_number);
    InitCharSets();
    InitFun();
    InitConst();
    InitOprt();
  }

  void InitCharSets() override {
    DefineNameChars(name_characters);
    DefineOprtChars("+-*/^");
    DefineInfixOprtChars("+-");
  }

  void InitFun() override {
    DefineFun("sqrt", square_root);
    DefineFun("exp", exponential_of);
    DefineFun("log", logarithm);
    DefineFun("min", smallest);
    DefineFun("max", largest);
    DefineFun("round", nearest_whole);
    DefineFun("floor", next_below);
    DefineFun("ceil", next_above);
    DefineFun("abs", magnitude);
  }

  void InitConst() override { DefineConst("pi", std::numbers::pi); }

  void InitOprt() override {
    EnableBuiltInOprt(false);
    DefineOprt("+", add, mu::prADD_SUB);
    DefineOprt("-", subtract, mu::prADD_SUB);
    DefineOprt("*", multiply, mu::prMUL_DIV);
    DefineOprt("/", divide, mu::prMUL_DIV);
    DefineOprt("^", power, mu::prPOW, mu::oaRIGHT);
    DefineInfixOprt("-", negate);
    DefineInfixOprt("+", same);
  }
};

std::string shortened(const std::string& text) { return text.size() <= 200 ? text : text.substr(0, 197) + "..."; }

Error fault(const std::string& text, const Where& where, const std::string& reason) {
  Error error("expression", where, fmt::format("the expression \"={}\" {}", shortened(text), reason));
  error.with_value("=" + shortened(text));
  return error;
}

/// muParser knows comparisons and the like beyond our grammar; their characters are refused before it sees them.
void check_characters(const std::string& text, const Where& where) {
  if (text.size() > longest_text) {
    throw fault(text, where, fmt::format("is longer than {} characters", longest_text)).with_allowed("at most 10000 characters");
  }
  const std::string allowed = std::string(name_characters) + ".+-*/^(), \t\r\n";
  const std::size_t at = text.find_first_not_of(allowed);
  if (at == std::string::npos) return;
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::string shown = byte > 0x20 && byte < 0x7f ? fmt::format("'{}'", text[at]) : fmt::format("the byte 0x{:02x}", byte);
  throw fault(text, where, fmt::format("holds {} at character {}, which arithmetic does not have", shown, at + 1))
      .with_allowed("numbers, names, + - * / ^ ( ), sqrt exp log min max round floor ceil abs, pi");
}

std::string sentence_of(const mu::ParserError& problem, const std::string& text) {
  const auto at = static_cast<std::size_t>(std::max(0, static_cast<int>(problem.GetPos()))) + 1;
  const std::string token = problem.GetToken().substr(0, 40);
  const std::string place =
      token.empty() ? fmt::format("at character {}", at) : fmt::format("at character {}, \"{}\"", at, token);
  switch (problem.GetCode()) {
    case mu::ecEMPTY_EXPRESSION: return "is empty";
    case mu::ecUNEXPECTED_EOF: return "ends too early, after character " + std::to_string(text.size());
    case mu::ecMISSING_PARENS: return "misses a closing parenthesis";
    case mu::ecUNEXPECTED_PARENS: return "has a parenthesis in the wrong place " + place;
    case mu::ecTOO_MANY_PARAMS: return "gives a function too many arguments " + place;
    case mu::ecTOO_FEW_PARAMS: return "gives a function too few arguments " + place;
    case mu::ecUNASSIGNABLE_TOKEN: return "cannot be read " + place;
    case mu::ecGENERIC: return "is wrong " + place + ": " + problem.GetMsg();
    default: return "is wrong " + place;
  }
}

template <class Action>
auto guarded(const std::string& text, const Where& where, Action action) {
  try {
    return action();
  } catch (const mu::ParserError& problem) { throw fault(text, where, sentence_of(problem, text)); }
}

/// Sets the formula and lists its names; finds every error of grammar.
std::vector<std::string> prepare(Arithmetic& parser, const std::string& text, const Where& where) {
  check_characters(text, where);
  return guarded(text, where, [&] {
    parser.SetExpr(text);
    std::vector<std::string> names;
    for (const auto& used : parser.GetUsedVar()) names.push_back(used.first);
    return names;
  });
}

}  // namespace

struct CompiledExpression::Machine {
  Arithmetic parser;
  std::string text;
  Where where;
  std::vector<std::size_t> used;
  std::vector<std::string> names;  ///< of the used variables
  std::vector<double> values;      ///< what the parser reads; never resized once bound

  void bind() {
    values.assign(names.size(), 1.0);
    guarded(text, where, [&] {
      parser.SetExpr(text);
      for (std::size_t k = 0; k < names.size(); ++k) parser.DefineVar(names[k], &values[k]);
      parser.Eval();
      return 0;
    });
    if (parser.GetNumResults() != 1) throw fault(text, where, "is a list of several expressions");
  }

  double evaluate() {
    const double result = guarded(text, where, [&] { return parser.Eval(); });
    if (!std::isfinite(result)) throw not_finite(result);
    return result == 0 ? 0.0 : result;  // -0 is 0
  }

  Error not_finite(double result) const {
    std::string given;
    for (std::size_t k = 0; k < std::min<std::size_t>(names.size(), 6); ++k) {
      given += fmt::format("{} {} = {}", k == 0 ? " with" : ",", names[k], values[k]);
    }
    return fault(text, where,
                 fmt::format("gives {}{}",
                             std::isnan(result) ? "no number (nan)"
                             : result > 0       ? "infinity"
                                                : "-infinity",
                             given))
        .with_allowed("finite numbers");
  }
};

CompiledExpression::CompiledExpression(const std::string& text, const std::vector<std::string>& names, const Where& where)
    : machine_(std::make_unique<Machine>()) {
  machine_->text = text;
  machine_->where = where;
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& name : prepare(machine_->parser, text, where)) {
    const auto place = std::find(names.begin(), names.end(), name);
    if (place == names.end()) {
      std::vector<std::string> known = names;
      known.insert(known.end(), std::begin(function_names), std::end(function_names));
      const std::string near = nearest_name(name, known);
      throw fault(text, where, fmt::format("uses the unknown name \"{}\" at character {}", shortened(name), text.find(name) + 1))
          .with_nearest(near);
    }
    found.emplace_back(place - names.begin(), name);
  }
  std::sort(found.begin(), found.end());
  for (auto& [index, name] : found) {
    machine_->used.push_back(index);
    machine_->names.push_back(std::move(name));
  }
  machine_->bind();
}

CompiledExpression::CompiledExpression(const CompiledExpression& other) : machine_(std::make_unique<Machine>()) {
  machine_->text = other.machine_->text;
  machine_->where = other.machine_->where;
  machine_->used = other.machine_->used;
  machine_->names = other.machine_->names;
  machine_->bind();
}

CompiledExpression::CompiledExpression(CompiledExpression&&) noexcept = default;
CompiledExpression::~CompiledExpression() = default;

CompiledExpression& CompiledExpression::operator=(CompiledExpression other) noexcept {
  machine_.swap(other.machine_);
  return *this;
}

const std::vector<std::size_t>& CompiledExpression::used() const { return machine_->used; }
const std::string& CompiledExpression::text() const { return machine_->text; }

double CompiledExpression::evaluate(const double* values) {
  for (std::size_t k = 0; k < machine_->used.size(); ++k) machine_->values[k] = values[machine_->used[k]];
  return machine_->evaluate();
}

double CompiledExpression::evaluate_used(const double* values) {
  std::copy_n(values, machine_->values.size(), machine_->values.begin());
  return machine_->evaluate();
}

std::vector<std::string> variables(const std::string& text, const Where& where) {
  Arithmetic parser;
  return prepare(parser, text, where);
}

bool is_variable_name(const std::string& name) {
  if (name.empty() || name.size() > 200 || name.find_first_not_of(name_characters) != std::string::npos) return false;
  if (std::string(digits).find(name[0]) != std::string::npos) return false;
  return std::find(std::begin(function_names), std::end(function_names), name) == std::end(function_names);
}

}  // namespace spikeloom
