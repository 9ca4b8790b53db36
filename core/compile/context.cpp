// Single numbers of a description: evaluated once, range-checked, and named by their place when wrong.
#include "core/compile/context.hpp"

#include <unistd.h>

#include <charconv>
#include <cmath>

#include "core/expression.hpp"

namespace spikeloom {

std::string pointer_part(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

Where place(const Where& written, const std::string& path) {
  Where where = written;
  if (where.path.empty()) where.path = path;
  return where;
}

std::string show(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

std::string Range::text() const {
  std::string out;
  if (low > -unbounded) out = (open_low ? "> " : ">= ") + show(low);
  if (high < unbounded) out += (out.empty() ? "<= " : " and <= ") + show(high);
  return out.empty() ? "any finite number" : out;
}

double number(const CompileContext& context, const Value& value, const std::string& path, const Range& range,
              const Scope* scope) {
  const Where where = place(value, path);
  double result = 0;
  if (const auto* literal = std::get_if<double>(&value.form)) {
    result = *literal;
  } else if (const auto* expression = std::get_if<Expression>(&value.form)) {
    Scope all = scope ? *scope : Scope{};
    all.names.insert(all.names.end(), context.globals.names.begin(), context.globals.names.end());
    all.values.insert(all.values.end(), context.globals.values.begin(), context.globals.values.end());
    result = CompiledExpression(expression->text, all.names, where).evaluate(all.values.data());
  } else {
    throw Error("type", where, "a single number is wanted here").with_allowed("a number or \"=expression\"");
  }
  if (!std::isfinite(result))
    throw Error("range", where, "the number is not finite").with_value(show(result)).with_allowed(range.text());
  if (!range.holds(result))
    throw Error("range", where, "the number is out of range").with_value(show(result)).with_allowed(range.text());
  return result;
}

std::uint64_t whole(double written, const Where& where, std::uint64_t low, std::uint64_t high) {
  const double nearest = std::rint(written);
  const auto allowed = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (!(std::fabs(written - nearest) <= 1e-9))
    throw Error("range", where, "a whole number is wanted here (use round in an expression)")
        .with_value(show(written))
        .with_allowed(allowed);
  if (!(nearest >= static_cast<double>(low)) || !(nearest < 0x1p64) || static_cast<std::uint64_t>(nearest) > high)
    throw Error("range", where, "the number is out of range").with_value(show(written)).with_allowed(allowed);
  return static_cast<std::uint64_t>(nearest);
}

std::uint64_t whole_number(const CompileContext& context, const Value& value, const std::string& path, std::uint64_t low,
                           std::uint64_t high, const Scope* scope) {
  return whole(number(context, value, path, {}, scope), place(value, path), low, high);
}

std::int64_t steps_with_warning(const CompileContext& context, double ms, const Where& where, const char* what) {
  if (std::fabs(ms) / context.grid.step_ms() >= static_cast<double>(max_steps))
    throw Error("limit", where, std::string(what) + " has more than 2^53 steps", Exit::refused).with_value(show(ms));
  const std::int64_t steps = context.grid.nearest(ms);
  if (!context.grid.on_grid(ms))
    context.warn(where.path + ": " + what + " of " + show(ms) + " ms is not a whole number of steps; rounded to " +
                 show(context.grid.ms_of(steps)) + " ms");
  return steps;
}

void require_memory(double bytes, const Where& where, const std::string& what) {
  const double machine = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes <= machine) return;
  throw Error("memory", where, what + " would take more memory than this machine has", Exit::refused)
      .with_value(show(std::rint(bytes)) + " bytes")
      .with_allowed("at most " + show(machine) + " bytes");
}

void unknown(const std::string& kind, const Where& where, const std::string& what, const std::string& name,
             const std::vector<std::string>& candidates) {
  std::string allowed;
  for (const auto& candidate : candidates) {
    if (allowed.size() > 300) {
      allowed += ", ...";
      break;
    }
    allowed += (allowed.empty() ? "" : ", ") + candidate;
  }
  throw Error(kind, where, what + " \"" + name + "\" does not exist")
      .with_value(name)
      .with_allowed(allowed)
      .with_nearest(nearest_name(name, candidates));
}

}  // namespace spikeloom
