// Expressions must mean what mathematics says, and every mistake in one must be found and placed.
#include "core/expression.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace spikeloom {
namespace {

double evaluate(const std::string& text) { return CompiledExpression(text, {}).evaluate(nullptr); }

Error error_of(const std::string& text, const std::vector<std::string>& names = {}) {
  try {
    std::vector<double> values(names.size(), 0.0);
    CompiledExpression(text, names, Where{"/weight", 2, 5}).evaluate(values.data());
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << text << " was accepted";
  return Error("none", {}, "");
}

TEST(Expression, FollowsThePrecedenceOfArithmetic) {
  EXPECT_EQ(evaluate("1+2*3"), 7);
  EXPECT_EQ(evaluate("(1+2)*3"), 9);
  EXPECT_EQ(evaluate("8/4/2"), 1);
  EXPECT_EQ(evaluate("8-4-2"), 2);
  EXPECT_EQ(evaluate("2*3^2"), 18);
  EXPECT_EQ(evaluate(" 1 +\t2 "), 3);
  EXPECT_EQ(evaluate("1e3+.5"), 1000.5);
}

TEST(Expression, BindsPowersRightToLeftAndTighterThanSigns) {
  EXPECT_EQ(evaluate("2^3^2"), 512);
  EXPECT_EQ(evaluate("-2^2"), -4);
  EXPECT_EQ(evaluate("2^-1"), 0.5);
  EXPECT_EQ(evaluate("2^-2^2"), 0.0625);
  EXPECT_EQ(evaluate("(-2)^2"), 4);
  EXPECT_EQ(evaluate("2*-3^2"), -18);
  EXPECT_EQ(evaluate("-(-3)"), 3);
  EXPECT_EQ(evaluate("+3-+2"), 1);
}

TEST(Expression, TakesWholePowersOfNegativeNumbers) {
  EXPECT_EQ(evaluate("(-3)^3"), -27);
  EXPECT_EQ(evaluate("(-2)^-3"), -0.125);
  EXPECT_NEAR(evaluate("(-1.5)^101") / -std::pow(1.5, 101), 1.0, 1e-13);
  EXPECT_EQ(evaluate("0^0"), 1);
  EXPECT_EQ(error_of("(-2)^0.5").kind, "expression");
}

TEST(Expression, KnowsItsFunctions) {
  EXPECT_EQ(evaluate("sqrt(9)"), 3);
  EXPECT_EQ(evaluate("min(3,1,2)"), 1);
  EXPECT_EQ(evaluate("max(3,7,2)"), 7);
  EXPECT_EQ(evaluate("abs(-2)"), 2);
  EXPECT_EQ(evaluate("round(2.5)"), 3);
  EXPECT_EQ(evaluate("round(-2.5)"), -3);
  EXPECT_EQ(evaluate("floor(-0.5)"), -1);
  EXPECT_EQ(evaluate("ceil(0.5)"), 1);
  EXPECT_NEAR(evaluate("exp(1)"), std::numbers::e, 1e-15);
  EXPECT_NEAR(evaluate("log(10)"), std::numbers::ln10, 1e-15);
  EXPECT_EQ(evaluate("pi"), std::numbers::pi);
  EXPECT_NEAR(evaluate("2^0.5"), std::numbers::sqrt2, 1e-15);
}

TEST(Expression, CountsTheSynapsesOfTheMicrocircuit) {
  const std::vector<std::string> names = {"C", "N_from", "N_to"};
  CompiledExpression expression("round(log(1-C)/log(1-1/(N_from*N_to)))", names);
  const double values[] = {0.1009, 20683, 20683};
  const double exact = std::round(std::log(1 - values[0]) / std::log1p(-1 / (values[1] * values[2])));
  EXPECT_NEAR(expression.evaluate(values), exact, 5);  // 1 - 1/N^2 is rounded before the logarithm
}

TEST(Expression, PrefersTheNearestOfEqualNames) {
  CompiledExpression expression("a", {"a", "b", "a"});
  const double values[] = {1, 2, 3};
  EXPECT_EQ(expression.evaluate(values), 1);
}

TEST(Expression, ReadsOnlyTheVariablesItUses) {
  CompiledExpression expression("c-a", {"a", "b", "c"});
  EXPECT_EQ(expression.used(), (std::vector<std::size_t>{0, 2}));
  const double values[] = {1, std::nan(""), 5};
  EXPECT_EQ(expression.evaluate(values), 4);
  const double used[] = {1, 7};
  EXPECT_EQ(expression.evaluate_used(used), 6);
}

TEST(Expression, CopiesAreIndependent) {
  CompiledExpression first("x*y", {"x", "y"});
  CompiledExpression second = first;
  const double a[] = {2, 3}, b[] = {5, 7};
  EXPECT_EQ(first.evaluate(a), 6);
  EXPECT_EQ(second.evaluate(b), 35);
  CompiledExpression third = std::move(first);
  EXPECT_EQ(third.evaluate(a), 6);
}

TEST(Expression, RefusesWhatIsNotArithmetic) {
  for (const char* text :
       {"a=1", "1?2:3", "1<2",   "1==1",   "1&&1",    "1||0",     "!1",        "\"x\"",      "1,2",        "",      " ",
        "1+",  "*2",    "(1",    "1)",     "sin(1)",  "2 3",      "min()",     "sqrt()",     "sqrt(1,2)",  "pi(2)", "1e400",
        "1e",  "0x10",  "1.2.3", "a[0]",   "#",       "\xff",     "1;2",       "{1}",        "2pi",        "sqrt",  "sqrt 2",
        "()",  "1/0",   "0/0",   "log(0)", "log(-1)", "sqrt(-1)", "exp(1000)", "min(0/0,1)", "max(1,0/0)", "10^400"}) {
    EXPECT_EQ(error_of(text, {"a"}).kind, "expression") << text;
  }
}

TEST(Expression, NamesTextPlaceAndNearestOfAnUnknownName) {
  const Error error = error_of("2*gamm", {"gamma", "delta"});
  EXPECT_EQ(error.nearest, "gamma");
  EXPECT_EQ(error.value, "=2*gamm");
  EXPECT_EQ(error.where.path, "/weight");
  EXPECT_EQ(error.where.line, 2);
  EXPECT_NE(std::string(error.what()).find("character 3"), std::string::npos) << error.what();
}

TEST(Expression, SurvivesTextsMadeToBreakParsers) {
  EXPECT_EQ(error_of(std::string(200'000, '(')).kind, "expression");
  EXPECT_EQ(error_of(std::string(9'999, '(')).kind, "expression");
  EXPECT_EQ(error_of(std::string(9'999, '-')).kind, "expression");
  EXPECT_EQ(error_of(std::string(9'999, '9') + "^9").kind, "expression");
  EXPECT_EQ(error_of(std::string(5'000, 'a')).kind, "expression");
  EXPECT_EQ(evaluate(std::string(2'000, '(') + "1" + std::string(2'000, ')')), 1);
}

TEST(Variables, AreListedOnceAndSorted) {
  EXPECT_EQ(variables("b*a+sqrt(b)-pi"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(variables("1+2").empty());
  EXPECT_THROW(variables("1+"), Error);
}

TEST(VariableName, IsAnIdentifierOtherThanAFunction) {
  EXPECT_TRUE(is_variable_name("tau_m_ms"));
  for (const char* name : {"", "2a", "a-b", "pi", "sqrt", "a b", "\xc3\xa9"}) EXPECT_FALSE(is_variable_name(name)) << name;
}

TEST(Parameters, ResolveInAnyOrder) {
  const auto values = resolve_parameters({{"a", expr("b*2")}, {"b", expr("c+1")}, {"c", 4}});
  EXPECT_EQ(values.at("a"), 10);
  EXPECT_EQ(values.at("b"), 5);
}

TEST(Parameters, NameTheCircle) {
  try {
    resolve_parameters({{"a", expr("b")}, {"b", expr("c")}, {"c", expr("a+d")}, {"d", 1}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "expression");
    EXPECT_NE(std::string(error.what()).find("a -> b -> c -> a"), std::string::npos) << error.what();
  }
  EXPECT_THROW(resolve_parameters({{"a", expr("a")}}), Error);
}

TEST(Parameters, RefuseWhatIsNotOneNumber) {
  EXPECT_THROW(resolve_parameters({{"a", std::vector<double>{1, 2}}}), Error);
  EXPECT_THROW(resolve_parameters({{"a", std::nan("")}}), Error);
  EXPECT_THROW(resolve_parameters({{"a", expr("b")}}), Error);
}

TEST(Parameters, ResolveALongChain) {
  NamedValues chain = {{"p0", 1.0}};
  for (int k = 1; k < 500; ++k) chain[fmt::format("p{}", k)] = expr(fmt::format("p{}+1", k - 1));
  EXPECT_EQ(resolve_parameters(chain).at("p499"), 500);
}

}  // namespace
}  // namespace spikeloom
