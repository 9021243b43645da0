/* Finite differences along lines in a model's coordinates. */
#include "latent/latent_chart.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "latent/latent.h"

double emix_latent_log_prior(const EmixLatentModel *model, const double *params)
{
    return model->log_prior ? model->log_prior(model->context, params) : 0.0;
}

double emix_latent_target(const EmixLatentModel *model, const double *stats, const double *params)
{
    return model->expected_log_joint(model->context, stats + EMIX_STAT_HEADER, params) +
           emix_latent_log_prior(model, params);
}

static emix_index n_coordinates(const EmixLatentModel *m)
{
    return m->n_coordinates > 0 ? m->n_coordinates : m->n_params;
}

static void coordinates_of(const EmixLatentModel *m, const double *params, double *coordinates)
{
    if (m->to_coordinates == NULL) {
        memcpy(coordinates, params, (size_t)m->n_params * sizeof *params);
        return;
    }
    m->to_coordinates(m->context, params, coordinates);
}

static void params_at(const EmixLatentModel *m, const double *coordinates, double *params)
{
    if (m->from_coordinates == NULL) {
        memcpy(params, coordinates, (size_t)m->n_params * sizeof *params);
        return;
    }
    emix_latent_unset(m->n_params, params);
    m->from_coordinates(m->context, coordinates, params);
}

/* ---- lines ---- */

/* What the M-step maximises, restricted to a line. Vectors are parts of the caller's work
 * memory. */
typedef struct Line {
    const EmixLatentModel *model;
    const double *stats;
    double *origin;    /* [n_coordinates] */
    double *direction; /* [n_coordinates] */
    double *place;     /* [n_coordinates] scratch */
    double *params;    /* [n_params] scratch */
} Line;

static Line line_from(const EmixLatentModel *model, const double *stats, const double *params,
                      double *work)
{
    const Line line = {
        .model = model,
        .stats = stats,
        .origin = work,
        .direction = work + model->n_params,
        .place = work + 2 * model->n_params,
        .params = work + 3 * model->n_params,
    };
    coordinates_of(model, params, line.origin);
    return line;
}

static double target_at(const Line *line, double t)
{
    for (emix_index i = 0; i < n_coordinates(line->model); ++i) {
        line->place[i] = line->origin[i] + t * line->direction[i];
    }
    params_at(line->model, line->place, line->params);
    return emix_latent_target(line->model, line->stats, line->params);
}

/* Width of the differences: over it the target changes by this much per unit of row weight. That is
 * large against rounding, and small enough that the terms of higher order are no larger than
 * rounding. */
static const double line_curvature = 2.5e-7;
/* The width depends on the result itself. It settles in two or three rounds. */
enum { MAX_WIDTHS = 6 };
static const double settled_within = 0.7; /* change of the logarithm of the result */

static double width(const Line *line, double curvature)
{
    return sqrt(line_curvature * line->stats[EMIX_STAT_ROW_WEIGHT] / curvature);
}

/* Slope at the origin, with an error O(t^4): Richardson's extrapolation of central differences of
 * width t. estimate > 0 is a first value; the line is scaled so that the curvature is about the
 * slope. */
static double slope_along(const Line *line, double estimate)
{
    double slope = estimate;
    bool settled = false;
    for (int round = 0; round < MAX_WIDTHS && !settled; ++round) {
        const double t = width(line, slope);
        const double near = target_at(line, t) - target_at(line, -t);
        const double far = target_at(line, 2.0 * t) - target_at(line, -2.0 * t);
        const double next = (8.0 * near - far) / (12.0 * t);
        if (!isfinite(next)) {
            return estimate; /* the line leaves the domain */
        }
        if (!(next > 0.0)) {
            return 0.0;
        }
        settled = fabs(log(next / slope)) < settled_within;
        slope = next;
    }
    return slope;
}

/* Minus the second derivative at the origin; NaN if that is not negative. */
static double curvature_along(const Line *line, double first_width)
{
    const double here = target_at(line, 0.0);
    double t = first_width;
    double curvature = NAN;
    bool settled = false;
    for (int round = 0; round < MAX_WIDTHS && !settled; ++round) {
        const double next = ((here - target_at(line, t)) + (here - target_at(line, -t))) / (t * t);
        if (!(next > 0.0) || !isfinite(next)) {
            return NAN;
        }
        settled = fabs(log(next / curvature)) < settled_within;
        curvature = next;
        t = width(line, curvature);
    }
    return curvature;
}

/* ---- steps ---- */

/* The slope of Q along the step d is delta2 = d' I_c d, with I_c the complete-data information,
 * because the maximum of Q is at d = I_c^-1 grad Q. If a generalised M-step stops short of the
 * maximum, the slope still predicts the gap: grad L' d = 2 (1 - rate) gap. The rise of Q itself is
 * only delta2 / 2, which for short steps is lost in rounding. */
double emix_latent_step_length2(const EmixLatentModel *model, const double *stats,
                                const double *params, const double *new_params, double *work)
{
    if (model->expected_log_joint == NULL) {
        return NAN;
    }
    const Line line = line_from(model, stats, params, work);
    coordinates_of(model, new_params, line.direction);
    bool moves = false;
    for (emix_index i = 0; i < n_coordinates(model); ++i) {
        line.direction[i] -= line.origin[i];
        moves |= line.direction[i] != 0.0;
    }
    if (!moves) {
        return 0.0;
    }
    const double before = emix_latent_target(model, stats, params);
    const double gain = emix_latent_target(model, stats, new_params) - before;
    return slope_along(&line, fmax(2.0 * gain, DBL_EPSILON * (fabs(before) + DBL_MIN)));
}

/* ---- the chart ---- */

/* With more coordinates than this, computing their information would cost more than a pass
 * saves. */
enum { MAX_SCALED = 256 };

/* Square root of each coordinate's information per unit of row weight, at the line's origin; all 1
 * if they cannot be had. */
static void scales_at(const Line *line, double *scales)
{
    const EmixLatentModel *m = line->model;
    const emix_index n = n_coordinates(m);
    const double row_weight = line->stats[EMIX_STAT_ROW_WEIGHT];
    bool known = m->expected_log_joint != NULL && n <= MAX_SCALED && row_weight > 0.0;
    memset(line->direction, 0, (size_t)n * sizeof *line->direction);
    for (emix_index i = 0; i < n && known; ++i) {
        line->direction[i] = 1.0;
        scales[i] = sqrt(curvature_along(line, 1e-3 * fmax(fabs(line->origin[i]), 1.0)) /
                         row_weight);
        line->direction[i] = 0.0;
        known = isfinite(scales[i]);
    }
    for (emix_index i = 0; i < n && !known; ++i) {
        scales[i] = 1.0;
    }
}

void emix_latent_encode(const EmixLatentModel *model, const double *stats, const double *anchor,
                        const double *params, double *coordinates, double *work)
{
    const Line line = line_from(model, stats, anchor, work);
    double *scales = work + 4 * model->n_params;
    scales_at(&line, scales);
    coordinates_of(model, params, coordinates);
    for (emix_index i = 0; i < n_coordinates(model); ++i) {
        coordinates[i] = (coordinates[i] - line.origin[i]) * scales[i];
    }
}

void emix_latent_decode(const EmixLatentModel *model, const double *stats, const double *anchor,
                        const double *coordinates, double *params, double *work)
{
    const Line line = line_from(model, stats, anchor, work);
    double *scales = work + 4 * model->n_params;
    scales_at(&line, scales);
    for (emix_index i = 0; i < n_coordinates(model); ++i) {
        line.place[i] = line.origin[i] + coordinates[i] / scales[i];
    }
    params_at(model, line.place, params);
}
