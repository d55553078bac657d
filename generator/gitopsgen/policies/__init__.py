"""Policy files to faults: the Policy kind, CEL, ValidatingAdmissionPolicies, waivers, and the pages of every rule."""
