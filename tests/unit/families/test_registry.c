/* What options offer is what the registry makes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include <emix/options.h>

#include "families/registry.h"

Test(registry, every_family_that_options_offer_has_a_kind)
{
    const EmixOption *option = emix_option_find("family");
    cr_assert(option != NULL && option->choices != NULL);
    for (const EmixChoice *choice = option->choices; choice->name != NULL; ++choice) {
        const EmixFamilyParts *parts = emix_family_parts_find(choice->name, "full");
        cr_assert(parts != NULL, "%s", choice->name);
        cr_expect(eq(str, (char *)parts->family, (char *)choice->name));
        cr_expect(eq(str, (char *)emix_family_of(parts)->name, (char *)choice->name));
    }
}

Test(registry, every_kind_is_of_a_family_that_options_offer)
{
    for (const EmixFamilyKind *kind = emix_family_kinds; kind->name != NULL; ++kind) {
        bool offered = false;
        for (const EmixChoice *choice = emix_option_find("family")->choices; choice->name != NULL;
             ++choice) {
            offered = offered || strcmp(choice->name, kind->name) == 0;
        }
        cr_expect(offered, "%s", kind->name);
    }
}
