// Spiking cells hold a pendulum upright: spikes go in between calls, rates come out, and the world moves on by a millisecond.
#include <cmath>
#include <cstdio>

#include "backends/cpu/cpu.hpp"
#include "body.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "picture.hpp"

namespace {

using namespace spikeloom;

constexpr double control_ms = 1, strength = 0.25;  // push per Hz of difference, in 1/s^2
constexpr double knocks_ms[] = {3000, 5500}, knock = 0.8;

/// `network`: none, and nothing holds the pendulum.
Story tell(std::shared_ptr<const CompiledNetwork> network, const ModelSet& models, double duration_ms) {
  const auto session = network ? cpu_backend()->open(network, {.threads = 1, .models = &models}) : nullptr;
  Pendulum pendulum{.angle = 0.2};
  Fibres angle(20, 600), speed(20, 100);
  Story story;
  for (double now = 0; now < duration_ms && !pendulum.fell(); now += control_ms) {
    double push = 0;
    if (session) {
      angle.fire(pendulum.angle, now, control_ms);
      speed.fire(pendulum.speed, now, control_ms);
      session->emit_at("angle", angle.cells, angle.times_ms);
      session->emit_at("speed", speed.cells, speed.times_ms);
      session->advance(control_ms);
      push = strength * (session->signal("right")[0] - session->signal("left")[0]);
    }
    pendulum.move(push, 1e-3 * control_ms);
    if (now == knocks_ms[0]) pendulum.speed += knock;
    if (now == knocks_ms[1]) pendulum.speed -= knock;
    story.angle.push_back(pendulum.angle);
    story.push.push_back(push);
  }
  story.fell = pendulum.fell();
  if (session) story.recording = session->recording();
  return story;
}

/// Mean distance from upright in degrees, from one second on.
double wobble(const Story& story) {
  double sum = 0;
  for (std::size_t k = 1000; k < story.angle.size(); ++k) sum += std::fabs(story.angle[k]);
  return 180 / 3.14159265358979 * sum / static_cast<double>(story.angle.size() - 1000);
}

}  // namespace

int main(int, char** arguments) try {
  const ModelSet models = builtin_models();
  std::vector<Story> stories;
  const Story alone = tell(nullptr, models, 8000);
  std::printf("nobody pushes: falls after %zu ms\n", alone.angle.size());
  for (const char* cells : {"1", "2", "5", "10", "20", "50", "100"}) {
    const auto network = compile(read_network(arguments[1], {{"parameters.cells", cells}}), models);
    const Story story = tell(network, models, 8000);
    const double seconds = 1e-3 * static_cast<double>(story.angle.size());
    std::printf("%3s cells a side: ", cells);
    if (story.fell) std::printf("falls after %zu ms\n", story.angle.size());
    else
      std::printf("stands, %.2f degrees from upright on average, %.0f spikes a second\n", wobble(story),
                  static_cast<double>(story.recording.spikes) / seconds);
    if (std::string(cells) == "50") stories = {story, alone};
  }
  if (arguments[2] != nullptr) draw(stories.at(0), stories.at(1), arguments[2]);
} catch (const spikeloom::Error& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return static_cast<int>(error.exit);
}
