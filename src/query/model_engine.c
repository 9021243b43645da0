/* From a model to an engine that stands at it. */
#include "query/model_engine.h"

#include "core/alloc.h"
#include "mixture/mixture.h"
#include "families/registry.h"

void emix_model_engine_clear(EmixModelEngine *m)
{
    emix_engine_destroy(m->engine);
    emix_mixture_destroy(m->mixture);
    emix_free(m->centre);
    *m = (EmixModelEngine){0};
}

static EmixStatus load_model(EmixEngine *e, const EmixModel *model, EmixError *error)
{
    for (emix_index k = 0; k < model->n_components; ++k) {
        e->current.params[k] = model->weights[k];
    }
    emix_mixture_import(e->self, &model->parts, e->current.params);
    return emix_engine_prepare(e, error);
}

EmixStatus emix_model_engine_init(const EmixContext *context, const EmixModel *model,
                                  const EmixDataset *data, EmixModelEngine *m, EmixError *error)
{
    EmixStatus status = EMIX_OK;
    const emix_index d = model->n_features;
    *m = (EmixModelEngine){0};
    if (data->n_features != d) {
        return emix_fail(error, EMIX_ERR_SHAPE, "%s%sthe data have %lld features, the model %lld",
                         data->source ? data->source : "", data->source ? ": " : "",
                         (long long)data->n_features, (long long)d);
    }
    EMIX_TRY_ALLOC(m->centre, d);
    for (emix_index k = 0; k < model->n_components; ++k) {
        for (emix_index j = 0; j < d; ++j) {
            m->centre[j] += model->weights[k] * emix_model_mean(model, k, j);
        }
    }
    const EmixFacts facts = {
        .kernels = context->kernels,
        .shape = {.n_rows = emix_kernels_block_rows(d, data->n_rows),
                  .n_features = d,
                  .n_components = model->n_components},
        .centre = m->centre,
    };
    const EmixGroupRequest group = {.family = emix_family_of(model->parts.family),
                                    .n_components = model->n_components};
    EMIX_TRY(emix_mixture_create(1, &group, &model->spec, &facts, &m->mixture, error));
    EMIX_TRY(emix_engine_create(&emix_mixture_ops, m->mixture, data, context->n_workers, &m->engine,
                                error));
    EMIX_TRY(load_model(m->engine, model, error));
cleanup:
    if (status != EMIX_OK) {
        emix_model_engine_clear(m);
    }
    return status;
}
